using Binlog.Service.Configuration.Loading;

namespace Binlog.Service.Tests.Configuration;

/// <summary>The key <c>pump.socket</c>.</summary>
public sealed class SocketPathTests : ConfigurationTest
{
    [Theory]
    [InlineData("/run/pump.sock", "/run/pump.sock")]
    [InlineData("unix:///run/pump.sock", "/run/pump.sock")]
    public void Load_Path_IsTaken(string written, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Paths of Unix.");
        ConfigurationResult result = Load($$"""{ "pump": { "socket": "{{written}}" } }""");

        Assert.Equal(expected, result.Options?.Pump?.Socket);
    }

    [Theory]
    [InlineData("unix://run/pump.sock", "unix:// comes an absolute path")]
    [InlineData("", "expected the path of a Unix socket")]
    public void Load_NoPath_IsRefused(string written, string expected)
    {
        ConfigurationResult result = Load($$"""{ "pump": { "socket": "{{written}}" } }""");

        Assert.Contains(expected, Assert.Single(result.Errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(103, true)]
    [InlineData(108, false)]
    [InlineData(300, false)]
    public void Load_Length_IsThatOfTheOperatingSystem(int bytes, bool isAllowed)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Paths of Unix.");
        string path = "/" + new string('s', bytes - 1);

        ConfigurationResult result = Load($$"""{ "pump": { "socket": "{{path}}" } }""");

        if (isAllowed)
        {
            Assert.Equal(path, result.Options?.Pump?.Socket);
        }
        else
        {
            string error = Assert.Single(result.Errors).ToString();
            Assert.Contains($"has {bytes} bytes", error, StringComparison.Ordinal);
            Assert.Contains("shorter", error, StringComparison.Ordinal);
        }
    }
}
