using System.Globalization;
using System.Text.Json;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Transactions;

/// <summary>What <c>transactions list</c> does: shows what a Pump waits for.</summary>
internal static class TransactionsListHandler
{
    public static async Task<int> RunAsync(TransactionsListOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        using var client = new TransactionsClient(options.Pump);
        string text = await client.ListAsync(options.Limit, cancellationToken);
        if (options.Json)
        {
            await context.Output.WriteLineAsync(text);
            return ExitCode.Ok;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            Write(document.RootElement, context.Output);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ServiceException($"{options.Pump} doesn't answer as a Pump does: {exception.Message} Check that --pump is the address of a Pump.", exception);
        }

        return ExitCode.Ok;
    }

    private static void Write(JsonElement list, TextWriter output)
    {
        JsonElement held = list.GetProperty("held");
        output.WriteLine(held.ValueKind == JsonValueKind.Null ? "The order waits for nothing." : DescribeHeld(held));
        long count = list.GetProperty("undecidedCount").GetInt64();
        JsonElement undecided = list.GetProperty("undecided");
        output.WriteLine($"Undecided transactions: {count}{(count > undecided.GetArrayLength() ? $", of which {undecided.GetArrayLength()} are shown" : "")}");
        if (undecided.GetArrayLength() > 0)
        {
            output.WriteLine($"  {"START TS",20}  {"STARTED (UTC)",-20}  {"AGE",12}");
        }

        foreach (JsonElement transaction in undecided.EnumerateArray())
        {
            string answer = transaction.TryGetProperty("answer", out JsonElement found) ? $"  {found.GetString()}" : "";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {transaction.GetProperty("startTs").GetUInt64(),20}  {transaction.GetProperty("startTime").GetDateTime(),-20:yyyy-MM-dd HH:mm:ss}  {TimeSpan.FromSeconds(Math.Round(transaction.GetProperty("ageSeconds").GetDouble())),12:c}{answer}"));
        }
    }

    private static string DescribeHeld(JsonElement held)
    {
        ulong startTs = held.GetProperty("startTs").GetUInt64();
        string what = held.GetProperty("waitsFor").GetString() == "outcome"
            ? $"the outcome of the transaction of start TS {startTs}"
            : $"the prewrite of the transaction of start TS {startTs}, committed at {held.GetProperty("commitTs").GetUInt64()}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The order has waited {held.GetProperty("seconds").GetDouble():0} s for {what}; {held.GetProperty("waitingTransactions").GetInt64()} committed transactions wait behind it.");
    }
}
