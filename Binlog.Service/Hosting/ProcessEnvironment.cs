using System.Collections;

namespace Binlog.Service.Hosting;

/// <summary>What a process has from outside, so that a test can give something else.</summary>
internal sealed record ProcessEnvironment
{
    /// <summary>Standard output: results.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error: errors and progress.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Standard input: answers to questions.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Whether a person can be asked: input and error are a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Environment variables by name.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>Absolute path of the working directory.</summary>
    public required string CurrentDirectory { get; init; }

    /// <summary>Those of this process, as they are now.</summary>
    public static ProcessEnvironment OfThisProcess()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = entry.Value as string ?? "";
        }

        return new ProcessEnvironment
        {
            Output = Console.Out,
            Error = Console.Error,
            Input = Console.In,
            IsTerminal = !Console.IsInputRedirected && !Console.IsErrorRedirected,
            Variables = variables,
            CurrentDirectory = Directory.GetCurrentDirectory(),
        };
    }
}
