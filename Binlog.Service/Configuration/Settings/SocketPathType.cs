using System.Text;

namespace Binlog.Service.Configuration.Settings;

/// <summary>The path of a Unix socket, as a path or as <c>unix:///path</c>. The operating system limits its length.</summary>
internal sealed class SocketPathType : SettingType<string>
{
    private const string Scheme = "unix://";

    private readonly PathType _path = new();

    /// <summary>Room for a path and its final zero: <c>sun_path</c> has 108 bytes on Linux and Windows, 104 elsewhere.</summary>
    private static int MaxBytes => OperatingSystem.IsLinux() || OperatingSystem.IsWindows() ? 107 : 103;

    public override string Name => "path";

    public override string Range => "at most 107 bytes";

    public override string Expected => "the path of a Unix socket, or unix:///path";

    public override bool TryRead(RawValue raw, out string value, out string? problem)
    {
        bool hasScheme = raw.Text.StartsWith(Scheme, StringComparison.Ordinal);
        RawValue path = hasScheme ? raw with { Text = raw.Text[Scheme.Length..] } : raw;
        if (hasScheme && !path.Text.StartsWith('/'))
        {
            value = "";
            problem = "after unix:// comes an absolute path, with a third slash";
            return false;
        }

        if (!_path.TryRead(path, out value, out problem))
        {
            return false;
        }

        int bytes = Encoding.UTF8.GetByteCount(value);
        problem = bytes > MaxBytes ? $"{value} has {bytes} bytes; the operating system allows a Unix socket's path {MaxBytes}. Choose a shorter one, such as /run/binlog/pump.sock" : null;
        return problem is null;
    }

    public override string Format(string value) => value;
}
