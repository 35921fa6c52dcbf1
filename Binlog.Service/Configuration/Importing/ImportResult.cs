namespace Binlog.Service.Configuration.Importing;

/// <summary>What became of a file of the original.</summary>
internal sealed record ImportResult
{
    public required OriginalRole Role { get; init; }

    /// <summary>In the order of the file.</summary>
    public required IReadOnlyList<ImportedSetting> Settings { get; init; }

    /// <summary>In the order of the file.</summary>
    public required IReadOnlyList<ImportNote> Notes { get; init; }
}
