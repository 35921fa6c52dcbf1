namespace Binlog.MySql.Tests.Sessions;

public class OptionsTests
{
    private static readonly MySqlConnectionOptions Good = new() { Host = "h", User = "u", Password = "hidden" };

    [Fact]
    public async Task OpenAsync_SeveralProblems_AreAllNamed()
    {
        var options = Good with { Host = "", Port = 0, ConnectTimeout = TimeSpan.Zero, CaFile = "ca.pem", KeyFile = "key.pem", User = "a\0b", MaxResultRowBytes = 1 };
        var e = await Assert.ThrowsAsync<ArgumentException>(() => MySqlConnection.OpenAsync(options, TestContext.Current.CancellationToken));
        foreach (var name in new[] { "Host", "Port", "ConnectTimeout", "CaFile", "KeyFile", "NUL", "MaxResultRowBytes" })
        {
            Assert.Contains(name, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ToString_Options_HidesThePassword() => Assert.Equal("u@h:3306", Good.ToString());

    [Theory]
    [InlineData(1205, true, false)]
    [InlineData(1213, true, false)]
    [InlineData(1062, false, false)]
    [InlineData(1153, false, true)]
    [InlineData(1927, true, true)]
    [InlineData(2006, true, true)]
    [InlineData(2013, true, true)]
    [InlineData(2026, false, true)]
    [InlineData(3024, true, false)]
    [InlineData(4031, true, true)]
    [InlineData(8003, false, false)]
    [InlineData(9008, false, false)]
    public void MySqlException_Codes_TellWhatToDo(int code, bool isTransient, bool isConnectionLost)
    {
        var e = new MySqlException(code, "HY000", "text");
        Assert.Equal((isTransient, isConnectionLost), (e.IsTransient, e.IsConnectionLost));
        Assert.True(new MySqlException(code, "40001", "text").IsTransient);
    }
}
