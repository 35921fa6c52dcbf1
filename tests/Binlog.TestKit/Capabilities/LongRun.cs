using System.Globalization;

namespace Binlog.TestKit.Capabilities;

/// <summary>How long a loop of a test runs: bounded for every build, long for <c>./test.sh --long</c>, or as an environment variable says.</summary>
public static class LongRun
{
    /// <summary>Whether the long forms were asked for.</summary>
    public static bool IsOn => Environment.GetEnvironmentVariable("BINLOG_LONG") == "1";

    /// <summary>Number of rounds.</summary>
    /// <param name="variable">Environment variable that overrides both numbers.</param>
    /// <param name="bounded">Rounds of a normal run.</param>
    /// <param name="unbounded">Rounds of a long run.</param>
    public static int Rounds(string variable, int bounded, int unbounded) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given
        : IsOn ? unbounded
        : bounded;
}
