using System.CommandLine;
using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.DrainerControl;

/// <summary>Reads the command lines of <c>drainer pause</c>, <c>drainer resume</c> and <c>drainer set</c>.</summary>
internal static class DrainerControlCommands
{
    /// <summary>Where a Drainer listens unless it is configured otherwise.</summary>
    private static readonly HostPort DefaultDrainer = new("127.0.0.1", DrainerSettings.Listen.Default.Port);

    public static Command Pause(OptionFactory options, Func<DrainerSwitchOptions, CancellationToken, Task<int>> handler) => Switch(
        options,
        new VerbCommand("pause", "Let a Drainer apply nothing more, and return when the target stands still. The Drainer runs on: it pulls, and keeps the target for itself.")
        {
            Examples = [("binlogd drainer pause --drainer 127.0.0.1:8249", "Before the target is worked on.")],
        },
        handler);

    public static Command Resume(OptionFactory options, Func<DrainerSwitchOptions, CancellationToken, Task<int>> handler) => Switch(
        options,
        new VerbCommand("resume", "Let a paused Drainer go on.")
        {
            Examples = [("binlogd drainer resume --drainer 127.0.0.1:8249", "Afterwards.")],
        },
        handler);

    public static Command Set(OptionFactory options, Func<DrainerSetOptions, CancellationToken, Task<int>> handler)
    {
        Option<HostPort> drainer = Drainer(options);
        var command = new VerbCommand("set", "Show or change settings of a running Drainer until its next start.")
        {
            Examples =
            [
                ("binlogd drainer set", "Shows what is in effect."),
                ("binlogd drainer set --workers 8 --batch-rows 4000", "Changes two of them."),
            ],
        };
        command.Add(drainer);
        (TypedSetting<long> Setting, Option<long> Option)[] changes =
        [
            (ApplySettings.Workers, options.Optional("--workers", "N", "As drainer.workers.", ApplySettings.Workers.Type)),
            (ApplySettings.BatchTransactions, options.Optional("--batch-transactions", "N", "As drainer.batchTransactions.", ApplySettings.BatchTransactions.Type)),
            (ApplySettings.BatchRows, options.Optional("--batch-rows", "N", "As drainer.batchRows.", ApplySettings.BatchRows.Type)),
        ];
        foreach ((_, Option<long> option) in changes)
        {
            command.Add(option);
        }

        command.SetAction((result, cancellationToken) => handler(
            new DrainerSetOptions(
                result.GetRequiredValue(drainer),
                [.. changes.Where(change => result.GetResult(change.Option) is not null).Select(change => KeyValuePair.Create(change.Setting.Name, result.GetValue(change.Option)))]),
            cancellationToken));
        return command;
    }

    private static VerbCommand Switch(OptionFactory options, VerbCommand command, Func<DrainerSwitchOptions, CancellationToken, Task<int>> handler)
    {
        Option<HostPort> drainer = Drainer(options);
        command.Add(drainer);
        command.SetAction((result, cancellationToken) => handler(new DrainerSwitchOptions(result.GetRequiredValue(drainer)), cancellationToken));
        return command;
    }

    private static Option<HostPort> Drainer(OptionFactory options) =>
        options.WithDefault("--drainer", "HOST:PORT", "Address of a running Drainer.", AddressType.ToConnect, DefaultDrainer);
}
