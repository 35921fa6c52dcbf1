namespace Binlog.RelayLog;

/// <summary>What an <see cref="InspectionReader"/> came to.</summary>
public readonly record struct InspectedItem
{
    /// <summary>What it is.</summary>
    public required InspectedKind Kind { get; init; }

    /// <summary>Where it begins.</summary>
    public required LogPosition Position { get; init; }

    /// <summary>First byte behind it in the same segment.</summary>
    public required long End { get; init; }

    /// <summary>Sequence number of the record, or of the first lost one; 0 when unknown.</summary>
    public ulong Sequence { get; init; }

    /// <summary>Records that are lost here, as far as is known.</summary>
    public ulong LostRecords { get; init; }

    /// <summary>What the appender said about the record.</summary>
    public RecordTag Tag { get; init; }

    /// <summary>How many bytes the record has.</summary>
    public int PayloadLength { get; init; }

    /// <summary>The record's bytes; valid until the next step of the reader. Empty for a payload that the reader doesn't hand out.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What is damaged; null for what isn't <see cref="InspectedKind.Damage"/>.</summary>
    public DamagedRange? Damage { get; init; }
}
