using Binlog.Service.Configuration.Importing.Toml;

namespace Binlog.Service.Configuration.Importing;

/// <summary>Turns a configuration file of tidb-binlog into settings of ours, and says what became of every key.</summary>
internal static class ConfigurationImporter
{
    /// <summary>Takes every key over that has a counterpart.</summary>
    /// <param name="file">The original's file.</param>
    /// <param name="role">The program that it configures.</param>
    /// <param name="baseDirectory">Directory that relative paths of the new file begin at.</param>
    /// <exception cref="TomlException">A value is not of its key's type.</exception>
    public static ImportResult Import(OriginalFile file, OriginalRole role, string baseDirectory)
    {
        var target = new ImportTarget(role, baseDirectory);
        foreach (OriginalValue value in file.Values)
        {
            if (OriginalFile.StepOf(value.Key, role) is { } step)
            {
                Run(step, value, target);
            }
            else
            {
                target.Unknown(value);
            }
        }

        CommonImport.Finish(target);
        if (role == OriginalRole.Drainer)
        {
            DrainerImport.Finish(target);
        }
        else
        {
            PumpImport.Finish(target);
        }

        CommonImport.FinishPlainText(target);

        return new ImportResult { Role = role, Settings = target.Settings, Notes = target.Notes };
    }

    private static void Run(ImportStep step, OriginalValue value, ImportTarget target)
    {
        try
        {
            step(value, target);
        }
        catch (TomlException exception)
        {
            throw new TomlException(exception.Place, $"{value.Key}: {exception.Message[(exception.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..]}");
        }
    }
}
