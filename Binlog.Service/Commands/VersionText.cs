using System.Reflection;
using System.Runtime.InteropServices;

namespace Binlog.Service.Commands;

/// <summary>What <c>--version</c> prints.</summary>
internal static class VersionText
{
    /// <summary>Name and version, commit when the build knew it, runtime, platform; one line each.</summary>
    public static string Of(Assembly assembly)
    {
        var parts = (assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+', 2);
        var commit = parts.Length == 2 ? $"commit: {parts[1]}{Environment.NewLine}" : "";
        return $"binlogd {parts[0]}{Environment.NewLine}{commit}runtime: {RuntimeInformation.FrameworkDescription}{Environment.NewLine}platform: {RuntimeInformation.RuntimeIdentifier}";
    }
}
