using System.CommandLine;
using System.CommandLine.Parsing;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Inspect;

/// <summary>Reads the command lines of <c>inspect</c>.</summary>
internal static class InspectCommand
{
    private const string ReadOnly = """
        It takes no lock and changes nothing: it may run beside the process that uses the log, and shows the log as it was at the beginning.
        Exit codes: 0 done; 1 damage, a newer format, no permission or another failure; 2 wrong arguments, no such directory, or no log in it.
        """;

    public static Command Ls(ProcessDirectory at, Func<InspectLsOptions, CancellationToken, Task<int>> handler)
    {
        var directory = Directory(at);
        var records = Flag("--records", "Read every record, for exact counts and commit-TS ranges.");
        var json = OptionFactory.Json();
        var command = new VerbCommand("ls", "List the segments of a log: sizes, sequence numbers, commit timestamps, sealed or open, repairs.")
        {
            Notes = ReadOnly,
            Examples = [("binlogd inspect ls /var/lib/binlog/pump", "The segments of a Pump's store.")],
        };
        command.Add(directory);
        command.Add(records);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new InspectLsOptions(result.GetRequiredValue(directory), result.GetValue(records), result.GetValue(json)), cancellationToken));
        return command;
    }

    public static Command Verify(ProcessDirectory at, Func<InspectVerifyOptions, CancellationToken, Task<int>> handler)
    {
        var directory = Directory(at);
        var json = OptionFactory.Json();
        var command = new VerbCommand("verify", "Check every checksum of a log. Exit code 1 when something is damaged; the end of an append that is under way, or that a crash cut short, is no damage.")
        {
            Notes = ReadOnly,
            Examples = [("binlogd inspect verify /var/lib/binlog/relay", "Check a Drainer's relay log.")],
        };
        command.Add(directory);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new InspectVerifyOptions(result.GetRequiredValue(directory), result.GetValue(json)), cancellationToken));
        return command;
    }

    public static Command Dump(ProcessDirectory at, OptionFactory options, Func<InspectDumpOptions, CancellationToken, Task<int>> handler)
    {
        var directory = Directory(at);
        var from = Ts("--from", "Leave out records with a lower TS: a TSO, or a time such as 2026-01-31T12:00:00Z. A record without a commit TS counts by its start TS.", last: false);
        var to = Ts("--to", "Leave out records with a higher TS.", last: true);
        var table = Table();
        var history = options.Optional("--schema-history", "FILE", "DDL history as drainer.schemaHistory.path has it, to decode rows. [default: the DDL jobs in the log, if there are any]", new PathType { MustExist = true });
        var limit = options.Optional("--limit", "N", "End after so many records.", new IntegerType(1, long.MaxValue));
        var json = Flag("--json", "Print one JSON object per record and line.");
        var command = new VerbCommand("dump", "Show the records of a log in its order, decoded: kind, timestamps, DDL, tables and rows.")
        {
            Notes = ReadOnly,
            Examples =
            [
                ("binlogd inspect dump data/relay --table shop.orders --from 2026-01-31T12:00:00Z --limit 100", "The next hundred records that change a table."),
                ("binlogd inspect dump data/pump --schema-history ddl.jsonl.gz --json", "Everything that a Pump has, as JSON lines."),
            ],
        };
        foreach (Option option in new Option[] { from, to, table, history, limit, json })
        {
            command.Add(option);
        }

        command.Add(directory);
        command.SetAction((result, cancellationToken) => handler(
            new InspectDumpOptions
            {
                Directory = result.GetRequiredValue(directory),
                From = result.GetResult(from) is null ? 0 : result.GetValue(from),
                To = result.GetResult(to) is null ? ulong.MaxValue : result.GetValue(to),
                Table = result.GetValue(table),
                SchemaHistoryFile = result.GetValue(history),
                Limit = result.GetResult(limit) is null ? long.MaxValue : result.GetValue(limit),
                Json = result.GetValue(json),
            },
            cancellationToken));
        return command;
    }

    public static Command Repair(ProcessDirectory at, Func<InspectRepairOptions, CancellationToken, Task<int>> handler)
    {
        var directory = Directory(at);
        var force = Flag("--force", "Do it. Without it, nothing is changed and the exit code is 1 when there is something to do.");
        var sequence = Sequence();
        var command = new VerbCommand("repair", "Take damage out of a log that refuses to open, so that it opens again with every intact record.")
        {
            Notes = """
                Records that are lost leave a gap, which the log keeps: a Drainer stops at one that its target needs. What was there before is copied to a
                folder quarantine-… in the log's directory, and repairs.jsonl notes what was lost. The process that uses the log must have been stopped.
                Exit codes: 0 repaired, or nothing to repair; 1 not repaired; 2 wrong arguments, no such directory, or no log in it.
                """,
            Examples =
            [
                ("binlogd inspect repair /var/lib/binlog/pump", "Say what would be lost."),
                ("binlogd inspect repair /var/lib/binlog/pump --force", "Repair everything that is damaged."),
            ],
        };
        command.Add(directory);
        command.Add(force);
        command.Add(sequence);
        command.SetAction((result, cancellationToken) => handler(
            new InspectRepairOptions(result.GetRequiredValue(directory), result.GetValue(force), result.GetValue(sequence) is > 0 and var number ? number : null), cancellationToken));
        return command;
    }

    private static Argument<string> Directory(ProcessDirectory at) => new("DIR")
    {
        Description = "Directory of the log: the folder \"pump\" or \"relay\" in a node's dataDir.",
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
            {
                result.AddError("DIR: found nothing, expected the path of a directory.");
                return "";
            }

            return Path.GetFullPath(text, at.Current);
        },
    };

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };

    private static Option<ulong> Ts(string name, string description, bool last) => new(name)
    {
        HelpName = "TS",
        Description = description,
        CustomParser = result => Read(
            result,
            $"{name}: found \"{result.Tokens[^1].Value}\", expected a TSO such as 449050000000000001, or a time such as 2026-01-31T12:00:00Z.",
            text => TsText.TryParse(text, last, out ulong ts) ? ts : (ulong?)null),
    };

    private static Option<TableName?> Table() => new("--table")
    {
        HelpName = "DB.TABLE",
        Description = "Only records that change this table; an ID instead of a name needs no schema.",
        CustomParser = result =>
        {
            TableName? table = TableName.TryParse(result.Tokens[^1].Value);
            if (table is null)
            {
                result.AddError($"--table: found \"{result.Tokens[^1].Value}\", expected database.table, or a table's ID.");
            }

            return table;
        },
    };

    /// <summary>0 stands for automatic: no record has that number.</summary>
    private static Option<ulong> Sequence() => new("--sequence")
    {
        HelpName = "N|automatic",
        Description = "Repair only the segment that lost record N. [default: automatic, everything that is damaged]",
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            return text == "automatic"
                ? 0
                : Read(result, $"--sequence: found \"{text}\", expected a sequence number as verify shows it, or automatic.", value => ulong.TryParse(value, out ulong number) && number > 0 ? number : null);
        },
    };

    private static ulong Read(ArgumentResult result, string problem, Func<string, ulong?> parse)
    {
        ulong? value = parse(result.Tokens[^1].Value);
        if (value is null)
        {
            result.AddError(problem);
        }

        return value ?? 0;
    }
}
