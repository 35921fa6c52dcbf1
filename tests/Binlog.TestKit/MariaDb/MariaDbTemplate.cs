using System.Diagnostics;
using System.Globalization;

namespace Binlog.TestKit.MariaDb;

/// <summary>An initialised data directory, made once per machine and server build, and copied for each server.</summary>
internal static class MariaDbTemplate
{
    /// <summary>The engine's log size: the default of 96 MB would be most of what is copied.</summary>
    public const string LogFileSizeArgument = "--innodb-log-file-size=8M";

    /// <summary>Copies the template to <paramref name="dataDirectory"/>, making the template first if there is none.</summary>
    public static async Task CopyToAsync(string dataDirectory, CancellationToken cancellationToken)
    {
        var template = await EnsureAsync(cancellationToken).ConfigureAwait(false);
        foreach (var folder in Directory.EnumerateDirectories(template, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(dataDirectory, Path.GetRelativePath(template, folder)));
        }

        Directory.CreateDirectory(dataDirectory);
        foreach (var file in Directory.EnumerateFiles(template, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(dataDirectory, Path.GetRelativePath(template, file)));
        }
    }

    private static async Task<string> EnsureAsync(CancellationToken cancellationToken)
    {
        var build = File.GetLastWriteTimeUtc(MariaDbPrograms.Server!).Ticks.ToString("x", CultureInfo.InvariantCulture);
        var template = Path.Combine(Path.GetTempPath(), $"binlog-mariadb-template-{Environment.UserName}-{build}");
        using var theLock = await LockAsync(template + ".lock", cancellationToken).ConfigureAwait(false);
        if (Directory.Exists(template))
        {
            return template;
        }

        var unfinished = template + ".new";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        Directory.CreateDirectory(unfinished);
        await InstallAsync(unfinished, cancellationToken).ConfigureAwait(false);
        Directory.Move(unfinished, template);
        return template;
    }

    private static async Task InstallAsync(string dataDirectory, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(MariaDbPrograms.InstallDb!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
                $"--user={Environment.UserName}", $"--datadir={dataDirectory}", LogFileSizeArgument,
                "--innodb-buffer-pool-size=32M",
            },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"mariadb-install-db ended with {process.ExitCode}: {await output.ConfigureAwait(false)} {await errors.ConfigureAwait(false)}");
        }
    }

    /// <summary>Several test processes may start at once; the first makes the template, the others wait for it.</summary>
    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(50, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
