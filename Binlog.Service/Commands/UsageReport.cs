using System.CommandLine;
using Binlog.Service.Configuration.Loading;

namespace Binlog.Service.Commands;

/// <summary>Says what is wrong with a command line.</summary>
internal static class UsageReport
{
    private const string Unmatched = "Unrecognized command or argument";

    public static void Write(ParseResult result, TextWriter error)
    {
        var command = result.CommandResult.Command;
        foreach (var token in result.UnmatchedTokens)
        {
            error.WriteLine($"binlogd: {Describe(token, command)}");
        }

        // "Required command was not provided" adds nothing to an unknown verb.
        var onlyVerbMissing = command.Subcommands.Count > 0;
        if (onlyVerbMissing && result.UnmatchedTokens.Count == 0)
        {
            error.WriteLine($"binlogd: a verb is missing. There are: {VerbsOf(command)}.");
        }

        if (!onlyVerbMissing)
        {
            foreach (var problem in result.Errors.Where(e => !e.Message.StartsWith(Unmatched, StringComparison.Ordinal)).Select(e => e.Message).Distinct())
            {
                error.WriteLine($"binlogd: {problem}");
            }
        }

        error.WriteLine($"Help: {PathOf(result)} --help");
    }

    private static string Describe(string token, Command command)
    {
        var isOption = token.StartsWith('-');
        var candidates = isOption ? command.Options.Select(o => o.Name) : command.Subcommands.Select(c => c.Name);
        var name = token.Split('=')[0];
        var found = isOption ? $"unknown option {name}" : command.Subcommands.Count > 0 ? $"unknown verb \"{token}\"" : $"\"{token}\" is not expected here";
        return EditDistance.Nearest(name, candidates) is { } near ? $"{found}. Did you mean {near}?"
            : !isOption && command.Subcommands.Count > 0 ? $"{found}. There are: {VerbsOf(command)}."
            : $"{found}.";
    }

    private static string VerbsOf(Command command) => string.Join(", ", command.Subcommands.Select(c => c.Name));

    private static string PathOf(ParseResult result)
    {
        var names = new Stack<string>();
        for (var at = result.CommandResult; at is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Push(at.Command is RootCommand ? "binlogd" : at.Command.Name);
        }

        return string.Join(' ', names);
    }
}
