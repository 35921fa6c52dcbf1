namespace Binlog.Service.Configuration.Importing;

/// <summary>What became of a key of the original.</summary>
internal enum ImportNoteKind
{
    /// <summary>It is there, in another form.</summary>
    Converted,

    /// <summary>It is not there; nothing is lost by that.</summary>
    Dropped,

    /// <summary>The original doesn't know it either, and refuses a file that has it.</summary>
    Unknown,

    /// <summary>Somebody has to decide something.</summary>
    LookAt,
}
