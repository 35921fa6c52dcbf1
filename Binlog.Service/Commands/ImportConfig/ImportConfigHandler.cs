using System.Text;
using Binlog.Service.Configuration.Importing;
using Binlog.Service.Configuration.Importing.Toml;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.ImportConfig;

/// <summary>What <c>import-config</c> does.</summary>
internal sealed class ImportConfigHandler(ProcessEnvironment process)
{
    private const long MaxFileBytes = 1 << 20;
    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <returns>An <see cref="ExitCode"/>.</returns>
    public int Run(string file, string? output, OriginalRole? role)
    {
        string source = Path.GetFullPath(file, process.CurrentDirectory);
        string? target = output is null ? null : Path.GetFullPath(output, process.CurrentDirectory);
        try
        {
            OriginalFile original = OriginalFile.Read(ReadText(source));
            if ((role ?? original.GuessRole()) is not { } known)
            {
                return Fail($"{source}: its keys don't tell whether it is for a Pump or a Drainer. Say it with --role pump or --role drainer.");
            }

            string baseDirectory = target is null ? process.CurrentDirectory : Path.GetDirectoryName(target)!;
            ImportResult result = ConfigurationImporter.Import(original, known, baseDirectory);
            Write(result, source, target);
            ImportReport.Write(result, source, process.Error);
            return ExitCode.Ok;
        }
        catch (TomlException exception)
        {
            return Fail($"{source}, {exception.Message}.");
        }
        catch (DecoderFallbackException)
        {
            return Fail($"{source} is not UTF-8, as TOML is.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Fail($"{exception.Message}");
        }
    }

    private static string ReadText(string path)
    {
        long length = new FileInfo(path).Length;
        return length <= MaxFileBytes
            ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path))
            : throw new IOException($"{path} has {length} bytes; expected a configuration file of at most 1 MiB.");
    }

    /// <summary>A file that exists is never overwritten. It may hold a password, so others can't read it.</summary>
    private void Write(ImportResult result, string source, string? target)
    {
        if (target is null)
        {
            ImportedConfigurationWriter.Write(result, source, process.Output);
            return;
        }

        if (Path.Exists(target))
        {
            throw new IOException($"{target} exists already and is not overwritten. Name another file with --out, or move it away.");
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerAndGroup;
        }

        using var writer = new StreamWriter(target, options);
        ImportedConfigurationWriter.Write(result, source, writer);
    }

    private int Fail(string problem)
    {
        process.Error.WriteLine($"binlogd: {problem}");
        return ExitCode.Usage;
    }
}
