using System.Globalization;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Prints what is wrong with a configuration.</summary>
internal static class ConfigurationReport
{
    /// <summary>One heading and one line per error.</summary>
    public static void Write(IReadOnlyList<ConfigurationError> errors, TextWriter writer)
    {
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"binlogd: the configuration has {errors.Count} {(errors.Count == 1 ? "error" : "errors")}; nothing was started."));
        foreach (var error in errors)
        {
            writer.WriteLine($"  {error}");
        }

        writer.WriteLine("Every key is explained by: binlogd config --keys");
    }
}
