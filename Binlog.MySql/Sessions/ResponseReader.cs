using System.Runtime.CompilerServices;
using Binlog.MySql.Protocol;
using Binlog.MySql.Transport;

namespace Binlog.MySql.Sessions;

/// <summary>Reads the answer to a command when its rows aren't wanted, and the parts that row reading shares with that.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html. Everything thrown from here
/// means that the connection is broken; an error that the server reports is a value.</remarks>
internal sealed class ResponseReader(PacketReader packets, bool deprecateEof, long maxDiscardedBytes)
{
    /// <summary>Server versions allow 4096; a view or join in TiDB can have as many.</summary>
    private const int MaxColumns = 16 * 1024;

    /// <summary>Limit for all column definitions of a result.</summary>
    private const int MaxColumnBytes = 32 * 1024 * 1024;

    /// <summary>Reads all results of one command, discarding rows. Affected rows are added up.</summary>
    /// <param name="each">Gets every result by itself, when wanted.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CommandOutcome> ReadOutcomeAsync(List<MySqlOk>? each)
    {
        var start = packets.Consumed;
        long affectedRows = 0;
        while (true)
        {
            ReadOnlySpan<byte> payload;
            while (!packets.TryRead(out payload))
            {
                await packets.FillAsync().ConfigureAwait(false);
            }

            if (ErrPayload.Is(payload))
            {
                return new CommandOutcome(default, ErrPayload.Parse(payload));
            }

            MySqlOk ok;
            if (!payload.IsEmpty && payload[0] == ProtocolConstants.OkMarker)
            {
                ok = OkPayload.Parse(payload);
            }
            else
            {
                var rows = await DiscardRowsAsync(ParseColumnCount(payload), start).ConfigureAwait(false);
                if (rows.Error is not null)
                {
                    return rows;
                }

                ok = rows.Ok;
            }

            affectedRows += ok.AffectedRows;
            each?.Add(ok);
            if (!ok.Status.HasFlag(MySqlStatus.MoreResultsExist))
            {
                return new CommandOutcome(ok with { AffectedRows = affectedRows }, null);
            }

            CheckDiscarded(start);
        }
    }

    /// <summary>Number of columns that a result set's first payload announces.</summary>
    public static int ParseColumnCount(ReadOnlySpan<byte> payload)
    {
        const string Packet = "result";
        var reader = new PayloadReader(payload, Packet);
        if (!payload.IsEmpty && payload[0] == ProtocolConstants.LocalFileMarker)
        {
            throw new MySqlProtocolException("The server asks for a file of this machine (LOAD DATA LOCAL INFILE), which this client never offers and always refuses.");
        }

        var count = reader.ReadLengthEncodedInteger();
        reader.ExpectEnd();
        return count is > 0 and <= MaxColumns
            ? (int)count
            : throw new MySqlProtocolException($"The server announces a result with {count} columns; expected 1 to {MaxColumns}.");
    }

    /// <summary>Reads the definitions of that many columns, and their end, which only old servers mark.</summary>
    public async ValueTask<MySqlColumn[]> ReadColumnsAsync(int count)
    {
        var start = packets.Consumed;
        var columns = new List<MySqlColumn>();
        while (columns.Count < count)
        {
            columns.Add(ColumnDefinitionPayload.Parse((await packets.ReadAsync().ConfigureAwait(false)).Span));
            if (packets.Consumed - start > MaxColumnBytes)
            {
                throw new MySqlProtocolException($"The server's column definitions exceed {MaxColumnBytes} bytes.");
            }
        }

        if (!deprecateEof)
        {
            EofPayload.Parse((await packets.ReadAsync().ConfigureAwait(false)).Span);
        }

        return [.. columns];
    }

    /// <summary>Whether <paramref name="payload"/> ends the rows rather than being one.</summary>
    /// <remarks>A row can begin with 0xFE too: then its first value is longer than 16 MB, and so is the row.</remarks>
    public bool IsRowsEnd(ReadOnlySpan<byte> payload) => !payload.IsEmpty && payload[0] switch
    {
        ProtocolConstants.ErrMarker => true,
        ProtocolConstants.EofMarker => payload.Length < (deprecateEof ? ProtocolConstants.MaxPacketPayload : EofPayload.Length + 4),
        _ => false,
    };

    /// <summary>What the payload that ends the rows says.</summary>
    public CommandOutcome ParseRowsEnd(ReadOnlySpan<byte> payload) =>
        ErrPayload.Is(payload) ? new CommandOutcome(default, ErrPayload.Parse(payload))
        : new CommandOutcome(deprecateEof ? OkPayload.Parse(payload) : EofPayload.Parse(payload), null);

    /// <summary>Fails when more was thrown away since <paramref name="start"/> than the limit.</summary>
    public void CheckDiscarded(long start)
    {
        if (packets.Consumed - start > maxDiscardedBytes)
        {
            throw MySqlException.Lost(
                $"The connection is given up: results that nobody reads exceed {maxDiscardedBytes} bytes (MaxDiscardedBytes). Read them, or select less.");
        }
    }

    private async ValueTask<CommandOutcome> DiscardRowsAsync(int columns, long start)
    {
        await ReadColumnsAsync(columns).ConfigureAwait(false);
        while (true)
        {
            var payload = await packets.ReadAsync().ConfigureAwait(false);
            if (IsRowsEnd(payload.Span))
            {
                var outcome = ParseRowsEnd(payload.Span);
                return outcome with { Ok = outcome.Ok with { AffectedRows = 0 } };
            }

            CheckDiscarded(start);
        }
    }
}
