namespace Binlog.Service.Configuration;

/// <summary>A text that must not appear in logs: formatting it gives a mask, <see cref="Reveal"/> gives the text.</summary>
internal readonly record struct Secret(string? Text)
{
    /// <summary>What stands for every secret, whatever its length.</summary>
    public const string Mask = "******";

    private string? Text { get; } = string.IsNullOrEmpty(Text) ? null : Text;

    public bool IsEmpty => Text is null;

    /// <summary>The text itself; empty when none was given.</summary>
    public string Reveal() => Text ?? "";

    public override string ToString() => IsEmpty ? "" : Mask;
}
