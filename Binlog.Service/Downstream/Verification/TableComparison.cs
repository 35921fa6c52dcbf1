namespace Binlog.Service.Downstream.Verification;

/// <summary>How a table of a target compares with what is expected.</summary>
/// <param name="Schema">Its database.</param>
/// <param name="Table">Its name.</param>
/// <param name="ExpectedRows">Rows that it should have.</param>
/// <param name="Rows">Rows that it has.</param>
/// <param name="Missing">Expected rows that it lacks, or has too few times.</param>
/// <param name="Unexpected">Rows that it should not have, or has too many times.</param>
/// <param name="Samples">Some of the differences, for people to read; also why a table as a whole is missing or unexpected.</param>
internal sealed record TableComparison(
    string Schema, string Table, long ExpectedRows, long Rows, long Missing, long Unexpected, IReadOnlyList<string> Samples)
{
    /// <summary>Whether there is no difference.</summary>
    public bool IsEqual => Missing == 0 && Unexpected == 0 && Samples.Count == 0;
}
