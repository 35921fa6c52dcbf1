using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>What the sources gave, in ascending precedence, and what was wrong before any key was looked at.</summary>
internal sealed class RawConfiguration
{
    private readonly List<RawValue> _values = [];
    private readonly List<ConfigurationError> _errors = [];

    public IReadOnlyList<RawValue> Values => _values;

    public IReadOnlyList<ConfigurationError> Errors => _errors;

    /// <summary>False once a source could only be read in part: then nothing can be said about what is missing.</summary>
    public bool IsComplete { get; private set; } = true;

    public void Add(RawValue value) => _values.Add(value);

    public void Add(ConfigurationError error) => _errors.Add(error);

    /// <summary>Adds an error that hides what the rest of the source would have said.</summary>
    public void AddFatal(ConfigurationError error)
    {
        _errors.Add(error);
        IsComplete = false;
    }
}
