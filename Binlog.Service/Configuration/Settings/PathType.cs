namespace Binlog.Service.Configuration.Settings;

/// <summary>
/// A path. Relative ones start at the directory of the configuration file that has them, or at the working directory
/// when they come from the environment or the command line.
/// </summary>
internal sealed class PathType : SettingType<string>
{
    /// <summary>True asks for an existing, readable file.</summary>
    public bool MustExist { get; init; }

    public override string Name => "path";

    public override string Range => MustExist ? "an existing file" : "";

    public override string Expected => MustExist ? "the path of an existing file" : "a path";

    public override bool TryRead(RawValue raw, out string value, out string? problem)
    {
        problem = null;
        value = "";
        if (!raw.IsText || raw.Text.Length == 0 || raw.Text.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        value = Path.GetFullPath(raw.Text, raw.Origin.BaseDirectory);
        if (MustExist && !File.Exists(value))
        {
            problem = Directory.Exists(value) ? $"{value} is a directory"
                : $"{value} doesn't exist; relative paths start at {raw.Origin.BaseDirectory}";
        }

        return problem is null;
    }

    public override string Format(string value) => value;
}
