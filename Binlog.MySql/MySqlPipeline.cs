using System.Buffers;
using Binlog.MySql.Protocol;
using Binlog.MySql.Sessions;

namespace Binlog.MySql;

/// <summary>Many statements sent back to back, with one wait for all answers instead of one for each.</summary>
/// <remarks>
/// Answers are read while statements are still being sent, so neither side ever waits for the other with full buffers.
/// <para>The server carries out every statement, also those after one that failed: it knows nothing of the pipeline. So don't
/// put COMMIT behind statements whose success isn't known, and run transactions under <c>SET autocommit = 0</c> rather than
/// BEGIN: a deadlock ends the transaction, and what follows in the pipeline would otherwise be committed one by one. Statements
/// that must stop at the first error go into one statement text, separated by semicolons.</para>
/// <para>Reusable; not safe for concurrent use. Between executions the connection can be used for other commands.</para>
/// </remarks>
public sealed class MySqlPipeline
{
    private readonly ServerSession _session;
    private readonly StatementBuffer _statements = new();
    private readonly PipelineResult _result = new();

    internal MySqlPipeline(ServerSession session) => _session = session;

    /// <summary>Statements ended since the last execution.</summary>
    public int Count => _statements.Count;

    /// <summary>Bytes that would be sent, packet headers included.</summary>
    public long Bytes => _statements.Bytes;

    /// <summary>Begins a statement: write its UTF-8 text into what is returned, then call <see cref="EndStatement"/>.</summary>
    public IBufferWriter<byte> BeginStatement()
    {
        _statements.Begin(ProtocolCommand.Query);
        return _statements;
    }

    /// <summary>Ends the statement that was begun.</summary>
    public void EndStatement() => _statements.End();

    /// <summary>Adds a statement whose bytes stay unchanged until it was executed; long ones aren't copied.</summary>
    public void Add(ReadOnlyMemory<byte> utf8Sql) => _statements.Add(utf8Sql);

    /// <summary>Drops everything added, a statement begun included.</summary>
    public void Clear() => _statements.Clear();

    /// <summary>Sends all statements, reads all answers, and empties the pipeline.</summary>
    /// <remarks>Errors that the server reports for statements are in the result. Cancelling kills the connection, so that the
    /// server rolls back and lets go of its locks at once.</remarks>
    /// <exception cref="MySqlException">The connection is lost (<see cref="MySqlException.IsConnectionLost"/>); the message says
    /// how many statements were answered before. What the server did with the others is unknown.</exception>
    public async ValueTask<PipelineResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        if (_statements.IsStatementOpen)
        {
            throw new InvalidOperationException("A statement was begun and not ended.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        _result.Clear();
        if (_statements.Count == 0)
        {
            return _result;
        }

        _session.Enter();
        try
        {
            _session.Cancellation.Watch(KillScope.Connection, cancellationToken);
            MySqlException? lost = null;
            try
            {
                await ExchangeAsync().ConfigureAwait(false);
            }
            catch (MySqlException e)
            {
                lost = e;
            }

            if (await _session.Cancellation.StopAsync().ConfigureAwait(false))
            {
                throw new OperationCanceledException("The statements were cancelled and the connection was killed.", lost, cancellationToken);
            }

            return lost is null ? _result : throw Explain(lost);
        }
        finally
        {
            _statements.Clear();
            _session.Leave();
        }
    }

    private async ValueTask ExchangeAsync()
    {
        var sending = _statements.SendAsync(_session.Channel);
        try
        {
            for (var i = 0; i < _statements.Count; i++)
            {
                _session.Packets.OpenAnswers = _statements.Count - i;
                _session.Packets.ExpectAnswer(_statements.PacketsOf(i));
                var outcome = await _session.Responses.ReadOutcomeAsync(null).ConfigureAwait(false);
                if (outcome.Error is null)
                {
                    _session.Status = outcome.Ok.Status;
                    _result.Add(outcome.Ok);
                    continue;
                }

                if (outcome.Error.IsConnectionLost)
                {
                    throw outcome.Error;
                }

                outcome.Error.Statement = _statements.ExcerptOf(i);
                _result.AddFailure(outcome.Error);
            }
        }
        catch (MySqlException e)
        {
            throw await _session.FailAsync(e, sending, _statements.Bytes).ConfigureAwait(false);
        }

        finally
        {
            _session.Packets.OpenAnswers = 1;
        }

        await sending.ConfigureAwait(false);
    }

    private MySqlException Explain(MySqlException lost)
    {
        var message = $"{lost.Message} {_result.Count} of {_statements.Count} pipelined statements were answered; whether the next ones were carried out is unknown.";
        var explained = lost is MySqlProtocolException ? new MySqlProtocolException(message, lost) : new MySqlException(lost.Code, lost.SqlState, message, lost);
        explained.Statement = _statements.ExcerptOf(Math.Min(_result.Count, _statements.Count - 1));
        return explained;
    }
}
