using Binlog.Service.Drainer.Checking;

namespace Binlog.Service.Tests.Drainer.Checking;

public sealed class GrantListTests
{
    private static readonly string[] Needed = ["SELECT", "DROP"];

    [Theory]
    [InlineData("GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION", "")]
    [InlineData("GRANT SELECT, DROP, PROCESS ON *.* TO `u`@`%`", "")]
    [InlineData("GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*00'", "SELECT DROP")]
    [InlineData("GRANT SELECT ON *.* TO `u`@`%`|GRANT DROP ON `d_1`.* TO `u`@`%`", "")]
    [InlineData("GRANT SELECT, DROP ON `d\\_1`.* TO `u`@`%`", "")]
    [InlineData("GRANT SELECT, DROP ON `d\\_2`.* TO `u`@`%`", "SELECT DROP")]
    [InlineData("GRANT ALL PRIVILEGES ON `d%`.* TO 'u'@'%'", "")]
    [InlineData("GRANT SELECT, DROP ON `d_1`.`t` TO `u`@`%`", "SELECT DROP")]
    [InlineData("GRANT SELECT, DROP ON *.* TO `u`@`%`|REVOKE DROP ON `d_1`.* FROM `u`@`%`", "DROP")]
    public void Missing_LinesOfServers_AreThoseThatNoGrantCovers(string lines, string missing)
    {
        GrantList grants = GrantList.Parse(lines.Split('|'));

        Assert.Equal(missing, string.Join(' ', grants.Missing("d_1", Needed)));
        Assert.False(grants.HasRoles);
    }

    [Fact]
    public void Parse_Role_IsNoticed()
    {
        GrantList grants = GrantList.Parse(["GRANT `writer`@`%` TO `u`@`%`", "GRANT PROCESS ON *.* TO `u`@`%`"]);

        Assert.True(grants.HasRoles);
        Assert.True(grants.HasGlobal("PROCESS"));
        Assert.False(grants.HasGlobal("SUPER"));
    }
}
