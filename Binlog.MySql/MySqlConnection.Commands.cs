using System.Buffers;
using System.Text;
using Binlog.MySql.Errors;
using Binlog.MySql.Protocol;
using Binlog.MySql.Sessions;

namespace Binlog.MySql;

public sealed partial class MySqlConnection
{
    /// <summary>Runs a statement, or several separated by semicolons, and discards rows. The server stops at the first error.</summary>
    /// <exception cref="MySqlException">The server reports an error, or the connection is lost.</exception>
    public ValueTask<MySqlOk> ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sql);
        return ExecuteCoreAsync(sql, default, null, cancellationToken);
    }

    /// <summary>Runs a statement of UTF-8 text, which must stay unchanged until the call completes.</summary>
    /// <exception cref="MySqlException">The server reports an error, or the connection is lost.</exception>
    public ValueTask<MySqlOk> ExecuteAsync(ReadOnlyMemory<byte> utf8Sql, CancellationToken cancellationToken) =>
        ExecuteCoreAsync(null, utf8Sql, null, cancellationToken);

    /// <summary>Runs several statements separated by semicolons and returns every result by itself.</summary>
    /// <exception cref="MySqlException">A statement failed; those before it were carried out.</exception>
    public async Task<IReadOnlyList<MySqlOk>> ExecuteAllAsync(string sql, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sql);
        var results = new List<MySqlOk>();
        await ExecuteCoreAsync(sql, default, results, cancellationToken).ConfigureAwait(false);
        return results;
    }

    /// <summary>Asks the server whether it is there.</summary>
    public async Task PingAsync(CancellationToken cancellationToken) =>
        await RunAsync(ProtocolCommand.Ping, cancellationToken).ConfigureAwait(false);

    /// <summary>Makes the session as new: rolls back, forgets session variables, temporary tables and locks.</summary>
    /// <exception cref="MySqlException">The server doesn't know COM_RESET_CONNECTION (before MySQL 5.7.3, MariaDB 10.2.4), or the
    /// connection is lost.</exception>
    public async Task ResetAsync(CancellationToken cancellationToken)
    {
        await RunAsync(ProtocolCommand.ResetConnection, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(SetNames, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<MySqlOk> ExecuteCoreAsync(string? sql, ReadOnlyMemory<byte> utf8Sql, List<MySqlOk>? each, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _session.Enter();
        try
        {
            WriteStatement(sql, utf8Sql);
            return await RunAsync(each, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _statement.Clear();
            _session.Leave();
        }
    }

    private async ValueTask<MySqlOk> RunAsync(ProtocolCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _session.Enter();
        try
        {
            _statement.Begin(command);
            _statement.End();
            return await RunAsync((List<MySqlOk>?)null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _statement.Clear();
            _session.Leave();
        }
    }

    private void WriteStatement(string? sql, ReadOnlyMemory<byte> utf8Sql)
    {
        if (sql is null)
        {
            _statement.Add(utf8Sql);
            return;
        }

        _statement.Begin(ProtocolCommand.Query);
        Encoding.UTF8.GetBytes(sql, _statement);
        _statement.End();
    }

    private async ValueTask<MySqlOk> RunAsync(List<MySqlOk>? each, CancellationToken cancellationToken)
    {
        _session.Cancellation.Watch(KillScope.Query, cancellationToken);
        CommandOutcome outcome;
        try
        {
            outcome = await _session.ExchangeAsync(_statement, each).ConfigureAwait(false);
        }
        catch (MySqlException e)
        {
            if (await _session.Cancellation.StopAsync().ConfigureAwait(false))
            {
                throw new OperationCanceledException("The command was cancelled and the connection is broken.", e, cancellationToken);
            }

            e.Statement ??= _statement.ExcerptOf(0);
            throw;
        }

        if (await _session.Cancellation.StopAsync().ConfigureAwait(false))
        {
            await AbsorbKillAsync(outcome.Error).ConfigureAwait(false);
            if (outcome.Error is { Code: MySqlErrorCode.QueryInterrupted } interrupted)
            {
                throw new OperationCanceledException("The command was cancelled.", interrupted, cancellationToken);
            }
        }

        if (outcome.Error is { } error)
        {
            error.Statement = _statement.ExcerptOf(0);
            throw error;
        }

        return outcome.Ok;
    }

    /// <summary>After a kill that came too late, makes sure that it hits nothing else: the next statement may be its victim, so
    /// that is one without effect.</summary>
    internal async ValueTask AbsorbKillAsync(MySqlException? error)
    {
        _session.Channel.SetSilenceTimeout(_session.Options.CommandTimeout);
        if (error?.Code == MySqlErrorCode.QueryInterrupted || !_session.IsOpen)
        {
            return;
        }

        var harmless = new StatementBuffer();
        harmless.Begin(ProtocolCommand.Query);
        harmless.Write("DO SLEEP(0)"u8);
        harmless.End();
        await _session.ExchangeAsync(harmless, null).ConfigureAwait(false);
    }
}
