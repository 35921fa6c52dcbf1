namespace Binlog.Service.Configuration.Importing;

/// <summary>Takes one key of the original over.</summary>
/// <param name="from">The key with its value.</param>
/// <param name="target">Takes settings and notes.</param>
/// <exception cref="Toml.TomlException">The value is not of the key's type.</exception>
internal delegate void ImportStep(OriginalValue from, ImportTarget target);
