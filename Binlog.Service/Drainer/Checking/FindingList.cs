namespace Binlog.Service.Drainer.Checking;

/// <summary>Findings in the order in which they were made.</summary>
internal sealed class FindingList
{
    private readonly List<Finding> _findings = [];

    /// <summary>All of them.</summary>
    public IReadOnlyList<Finding> All => _findings;

    public void Ok(string check, string where, string found) => _findings.Add(new Finding(FindingLevel.Ok, check, where, found));

    public void Note(string check, string where, string found, string? remedy = null) => _findings.Add(new Finding(FindingLevel.Note, check, where, found, remedy));

    public void Warning(string check, string where, string found, string remedy) => _findings.Add(new Finding(FindingLevel.Warning, check, where, found, remedy));

    public void Error(string check, string where, string found, string remedy) => _findings.Add(new Finding(FindingLevel.Error, check, where, found, remedy));
}
