using Binlog.TestKit.MariaDb;

namespace Binlog.TestKit.Capabilities;

/// <summary>What a test needs from the machine that runs it: a server, an interpreter with a module, a right.</summary>
/// <remarks>A missing capability skips the test with its reason, except where the environment says CI=true: there
/// everything must be installed, so a missing capability fails the test.</remarks>
public static class Capability
{
    /// <summary>Answers whether the capability is there, and if not, what is missing and how to get it.</summary>
    public delegate bool Check(out string reason);

    /// <summary>Skips the running test (fails it under CI=true) unless <paramref name="check"/> finds the capability.</summary>
    public static void Require(Check check)
    {
        ArgumentNullException.ThrowIfNull(check);
        if (!check(out var reason))
        {
            Missing(reason);
        }
    }

    /// <summary>Skips the running test (fails it under CI=true) unless <paramref name="available"/>.</summary>
    public static void Require(bool available, string reason)
    {
        if (!available)
        {
            Missing(reason);
        }
    }

    /// <summary>A private MariaDB server can be started.</summary>
    public static void RequireMariaDb() => Require(MariaDbServer.IsAvailable);

    private static void Missing(string reason)
    {
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Xunit.Assert.Fail($"CI=true, so this may not be missing: {reason}");
        }

        Xunit.Assert.Skip(reason);
    }
}
