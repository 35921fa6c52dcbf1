namespace Binlog.Architecture.Tests;

/// <summary>Fails with every violation in full; xunit's own messages shorten them.</summary>
internal static class Violations
{
    public static void None(IEnumerable<string> violations)
    {
        var list = violations.ToList();
        if (list.Count > 0)
        {
            Assert.Fail(string.Join(Environment.NewLine, list));
        }
    }
}
