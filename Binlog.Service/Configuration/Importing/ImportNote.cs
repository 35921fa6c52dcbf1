namespace Binlog.Service.Configuration.Importing;

/// <summary>Something about an imported file that its owner is told.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="Subject">The key of the original, or ours.</param>
/// <param name="Text">Why, or what to do.</param>
internal sealed record ImportNote(ImportNoteKind Kind, string Subject, string Text);
