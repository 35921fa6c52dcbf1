using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Transactions;

/// <summary>What <c>transactions decide</c> does: explains, asks, and tells a Pump how a transaction ended.</summary>
internal static class TransactionsDecideHandler
{
    public static async Task<int> RunAsync(TransactionsDecideOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        await context.Error.WriteLineAsync(Explain(options));
        if (!options.Yes && !await IsConfirmedAsync(context, cancellationToken))
        {
            return ExitCode.Usage;
        }

        using var client = new TransactionsClient(options.Pump);
        (bool isDecided, string message) = await client.DecideAsync(options, cancellationToken);
        if (!isDecided)
        {
            throw new ServiceException($"{options.Pump}: {message}");
        }

        await context.Output.WriteLineAsync(message);
        return ExitCode.Ok;
    }

    private static async Task<bool> IsConfirmedAsync(VerbContext context, CancellationToken cancellationToken)
    {
        if (!context.Process.IsTerminal)
        {
            await context.Error.WriteLineAsync("binlogd: nobody can be asked, because this is no terminal. Nothing was decided. Give --yes to decide without being asked.");
            return false;
        }

        await context.Error.WriteAsync("Store this decision? Type yes: ");
        string? answer = await context.Process.Input.ReadLineAsync(cancellationToken);
        bool isYes = answer?.Trim().Equals("yes", StringComparison.OrdinalIgnoreCase) == true;
        if (!isYes)
        {
            await context.Error.WriteLineAsync("binlogd: nothing was decided.");
        }

        return isYes;
    }

    private static string Explain(TransactionsDecideOptions options) => options.CommitTs is { } commitTs
        ? $"The Pump at {options.Pump} will serve the transaction of start TS {options.StartTs} to Drainers as committed at {commitTs}. If TiDB rolled it back, the target gets what the upstream never had. This can't be taken back."
        : $"The Pump at {options.Pump} will drop the transaction of start TS {options.StartTs}. If TiDB committed it and no other Pump has it, it is lost downstream. This can't be taken back.";
}
