using System.Buffers.Text;
using System.Text;
using Binlog.MySql.Protocol;
using Binlog.MySql.Sessions;

namespace Binlog.MySql;

/// <summary>The rows of a query, one at a time: memory doesn't grow with their number.</summary>
/// <remarks>Values are text in utf8mb4 (binary strings are as stored) and valid until the next call of
/// <see cref="ReadAsync"/>, <see cref="NextResultAsync"/> or <see cref="DisposeAsync"/>. Not safe for concurrent use.</remarks>
public sealed class MySqlRowReader : IAsyncDisposable
{
    private readonly MySqlConnection _connection;
    private readonly ServerSession _session;
    private readonly string _statement;
    private ReadOnlyMemory<byte> _row;
    private (int Start, int Length)[] _fields = [];
    private State _state = State.NotStarted;
    private bool _hasRow;
    private bool _released;

    internal MySqlRowReader(MySqlConnection connection, ServerSession session, string statement)
    {
        _connection = connection;
        _session = session;
        _statement = statement;
    }

    private enum State
    {
        /// <summary>Nothing was sent.</summary>
        NotStarted,

        /// <summary>Rows, or their end, come next.</summary>
        Rows,

        /// <summary>A result has ended and another one comes next.</summary>
        BetweenResults,

        /// <summary>Everything is read; the connection is free for other commands.</summary>
        Finished,
    }

    /// <summary>Columns of the current result; empty when it has none, as for an UPDATE.</summary>
    public IReadOnlyList<MySqlColumn> Columns { get; private set; } = [];

    /// <summary>Affected rows, warnings and status of the result that ended last.</summary>
    public MySqlOk Ok { get; private set; }

    /// <summary>Goes to the next row; false after the last one.</summary>
    /// <exception cref="OperationCanceledException">The query was killed; the connection is usable again if
    /// <see cref="MySqlConnection.IsOpen"/>.</exception>
    /// <exception cref="MySqlException">The server reports an error, or the connection is lost.</exception>
    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        _hasRow = false;
        if (_state != State.Rows)
        {
            return new ValueTask<bool>(false);
        }

        try
        {
            if (cancellationToken.IsCancellationRequested || !_session.Packets.TryRead(out var payload))
            {
                return new ValueTask<bool>(ReadSlowAsync(cancellationToken));
            }

            var isRow = Take(payload);
            ReleaseIfFinished();
            return new ValueTask<bool>(isRow);
        }
        catch (MySqlException e)
        {
            Fail(e);
            ReleaseIfFinished();
            return ValueTask.FromException<bool>(e);
        }
    }

    /// <summary>Skips to the next result of a query with several; false when there is none.</summary>
    public async Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken).ConfigureAwait(false))
        {
        }

        return _state == State.BetweenResults
            && await GuardAsync(static reader => reader.ReadHeaderAsync(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the value is NULL.</summary>
    public bool IsNull(int column) => Field(column).Length < 0;

    /// <summary>The value's bytes; empty for NULL, see <see cref="IsNull"/>.</summary>
    public ReadOnlySpan<byte> GetBytes(int column)
    {
        var (start, length) = Field(column);
        return length < 0 ? default : _row.Span.Slice(start, length);
    }

    /// <summary>The value as text, or null for NULL.</summary>
    public string? GetString(int column) => IsNull(column) ? null : Encoding.UTF8.GetString(GetBytes(column));

    /// <exception cref="InvalidCastException">The value is NULL or not a whole number of 64 bits.</exception>
    public long GetInt64(int column) =>
        Utf8Parser.TryParse(GetBytes(column), out long value, out var used) && used == GetBytes(column).Length ? value : throw NotA("64-bit integer", column);

    /// <exception cref="InvalidCastException">The value is NULL or not an unsigned whole number of 64 bits.</exception>
    public ulong GetUInt64(int column) =>
        Utf8Parser.TryParse(GetBytes(column), out ulong value, out var used) && used == GetBytes(column).Length ? value : throw NotA("unsigned 64-bit integer", column);

    /// <exception cref="InvalidCastException">The value is NULL or not a number.</exception>
    public double GetDouble(int column) =>
        Utf8Parser.TryParse(GetBytes(column), out double value, out var used) && used == GetBytes(column).Length ? value : throw NotA("number", column);

    /// <summary>Reads what is left and frees the connection. Beyond <see cref="MySqlConnectionOptions.MaxDiscardedBytes"/> the
    /// connection is closed instead: call <see cref="MySqlConnection.KillQueryAsync"/> before disposing a long result.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_state != State.NotStarted)
        {
            await DiscardAsync().ConfigureAwait(false);
        }

        _state = State.Finished;
        ReleaseIfFinished();
    }

    /// <summary>Sends the statement and reads up to the first row.</summary>
    internal Task<bool> OpenAsync(StatementBuffer statement, CancellationToken cancellationToken)
    {
        _state = State.BetweenResults;
        return GuardAsync(reader => reader.SendAsync(statement), cancellationToken);
    }

    private async Task<bool> SendAsync(StatementBuffer statement)
    {
        var sending = statement.SendAsync(_session.Channel);
        try
        {
            await ReadHeaderAsync().ConfigureAwait(false);
        }
        catch (MySqlException e) when (e.IsConnectionLost)
        {
            throw await _session.FailAsync(e, sending, statement.Bytes).ConfigureAwait(false);
        }
        finally
        {
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return true;
    }

    private Task<bool> ReadSlowAsync(CancellationToken cancellationToken) => GuardAsync(
        static async reader => reader.Take((await reader._session.Packets.ReadAsync().ConfigureAwait(false)).Span), cancellationToken);

    /// <summary>Runs a step that waits for the server, with <paramref name="cancellationToken"/> killing the query.</summary>
    private async Task<bool> GuardAsync(Func<MySqlRowReader, Task<bool>> step, CancellationToken cancellationToken)
    {
        _session.Cancellation.Watch(KillScope.Query, cancellationToken);
        MySqlException? error = null;
        var result = false;
        try
        {
            result = await step(this).ConfigureAwait(false);
        }
        catch (MySqlException e)
        {
            Fail(error = e);
        }

        if (await _session.Cancellation.StopAsync().ConfigureAwait(false))
        {
            error = await DiscardAsync().ConfigureAwait(false) ?? error;
            await _connection.AbsorbKillAsync(error).ConfigureAwait(false);
            ReleaseIfFinished();
            throw new OperationCanceledException("The query was cancelled.", error, cancellationToken);
        }

        ReleaseIfFinished();
        return error is null ? result : throw error;
    }

    private async Task<bool> ReadHeaderAsync()
    {
        var payload = await _session.Packets.ReadAsync().ConfigureAwait(false);
        if (ErrPayload.Is(payload.Span))
        {
            throw ErrPayload.Parse(payload.Span);
        }

        if (!payload.IsEmpty && payload.Span[0] == ProtocolConstants.OkMarker)
        {
            Columns = [];
            EndResult(OkPayload.Parse(payload.Span));
            return true;
        }

        var count = ResponseReader.ParseColumnCount(payload.Span);
        Columns = await _session.Responses.ReadColumnsAsync(count).ConfigureAwait(false);
        _fields = new (int, int)[count];
        _state = State.Rows;
        return true;
    }

    /// <summary>Takes a row (true) or the end of the rows (false).</summary>
    private bool Take(ReadOnlySpan<byte> payload)
    {
        if (_session.Responses.IsRowsEnd(payload))
        {
            var outcome = _session.Responses.ParseRowsEnd(payload);
            EndResult(outcome.Error is null ? outcome.Ok : throw outcome.Error);
            return false;
        }

        var reader = new PayloadReader(payload, "row");
        for (var i = 0; i < _fields.Length; i++)
        {
            _fields[i] = reader.ReadField();
        }

        reader.ExpectEnd();
        _row = _session.Packets.Current;
        _hasRow = true;
        return true;
    }

    private void EndResult(MySqlOk ok)
    {
        Ok = ok;
        _session.Status = ok.Status;
        _state = ok.Status.HasFlag(MySqlStatus.MoreResultsExist) ? State.BetweenResults : State.Finished;
    }

    /// <summary>Reads all that is left; returns the error that ended it, if any.</summary>
    private async ValueTask<MySqlException?> DiscardAsync()
    {
        _hasRow = false;
        var start = _session.Packets.Consumed;
        try
        {
            while (_state != State.Finished)
            {
                if (_state == State.BetweenResults)
                {
                    await ReadHeaderAsync().ConfigureAwait(false);
                }
                else
                {
                    Take((await _session.Packets.ReadAsync().ConfigureAwait(false)).Span);
                }

                _session.Responses.CheckDiscarded(start);
            }

            return null;
        }
        catch (MySqlException e)
        {
            Fail(e);
            return e;
        }
        finally
        {
            _hasRow = false;
        }
    }

    private void Fail(MySqlException e)
    {
        _state = State.Finished;
        e.Statement ??= _statement;
        if (e.IsConnectionLost)
        {
            _session.Channel.Abort(e);
        }
    }

    private void ReleaseIfFinished()
    {
        if (_state == State.Finished && !_released)
        {
            _released = true;
            _session.Leave();
        }
    }

    private (int Start, int Length) Field(int column)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, Columns.Count);
        return _hasRow ? _fields[column] : throw new InvalidOperationException("There is no row: call ReadAsync until it returns false.");
    }

    private InvalidCastException NotA(string what, int column) => new(
        $"The value of column {Columns[column].Name} ({Columns[column].Type}) is {(IsNull(column) ? "NULL" : "text")}, not a {what}.");
}
