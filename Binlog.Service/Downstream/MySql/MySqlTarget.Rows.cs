using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream.MySql.Rows;

namespace Binlog.Service.Downstream.MySql;

/// <content>Applying rows.</content>
internal sealed partial class MySqlTarget
{
    /// <inheritdoc/>
    /// <remarks>
    /// Statements travel without waiting for one another's answers, the checkpoint's last; COMMIT is sent when every answer was as it
    /// must be. While one chunk is on its way the next is being written.
    /// </remarks>
    public async Task ApplyAsync(ChangeBatch batch, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        MySqlConnection connection = Usable();
        ExpectForward(checkpoint);
        ExpectNoIntent(checkpoint.CommitTs);
        try
        {
            await EnsureRowAsync(connection, cancellationToken).ConfigureAwait(false);
            await SendAsync(connection, batch, _table.Move(_checkpoint.CommitTs, checkpoint), cancellationToken).ConfigureAwait(false);
            await CommitAsync(connection, checkpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await GiveUpAsync(connection).ConfigureAwait(false);
            if (error is MySqlException server)
            {
                throw MySqlErrors.Explain(Name, string.Create(CultureInfo.InvariantCulture, $"applying the transactions up to commit TS {checkpoint.CommitTs}"), server);
            }

            throw;
        }
    }

    private async Task SendAsync(MySqlConnection connection, ChangeBatch batch, string moveCheckpoint, CancellationToken cancellationToken)
    {
        RowStatementWriter writer = _writer!;
        MySqlPipeline pipeline = connection.CreatePipeline();
        (StatementChunk current, StatementChunk next) = (_chunks[0], _chunks[1]);
        writer.Start(batch);
        Fill(current, writer, batch, moveCheckpoint);
        while (true)
        {
            bool isLast = writer.IsDone;
            for (int index = 0; index < current.Entries.Length; index++)
            {
                pipeline.Add(current.Sql(index));
            }

            Task<PipelineResult> running = pipeline.ExecuteAsync(cancellationToken).AsTask();
            try
            {
                if (!isLast)
                {
                    Fill(next, writer, batch, moveCheckpoint);
                }
            }
            catch
            {
                await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            PipelineResult result = await running.ConfigureAwait(false);
            Check(current, result, batch);
            if (isLast)
            {
                ExpectOwnRow(result[current.Entries.Length - 1]);
                return;
            }

            (current, next) = (next, current);
        }
    }

    private void Fill(StatementChunk chunk, RowStatementWriter writer, ChangeBatch batch, string moveCheckpoint)
    {
        try
        {
            chunk.Fill(writer, _options.PipelineBytes, _maxStatementBytes);
            if (writer.IsDone)
            {
                chunk.Add(moveCheckpoint);
            }
        }
        catch (StatementTooLargeException error)
        {
            throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{Name}: {Describe(error.Statement, batch)} takes a statement of {error.Bytes} bytes; the server takes {_maxStatementBytes} (max_allowed_packet). Set max_allowed_packet there to at least {RoundUp(error.Bytes)} and start again."),
                isTransient: false);
        }
    }

    private void Check(StatementChunk chunk, PipelineResult result, ChangeBatch batch)
    {
        ReadOnlySpan<StatementChunk.Entry> entries = chunk.Entries;
        if (result.Error is { } error)
        {
            RowStatement? failed = entries[result.FailedIndex].Statement;
            throw MySqlErrors.Explain(Name, failed is { } rows ? $"applying {Describe(rows, batch)}" : "the checkpoint", error);
        }

        for (int index = 0; index < entries.Length; index++)
        {
            if (entries[index].Statement is not { } statement)
            {
                continue;
            }

            MySqlOk ok = result[index];
            if (ok.AffectedRows != statement.Rows)
            {
                throw new TargetException(
                    string.Create(CultureInfo.InvariantCulture, $"{Name}: {Describe(statement, batch)} matched {ok.AffectedRows} rows; expected {statement.Rows}. The target differs from the upstream: somebody else wrote to it, or it did not start equal. Compare and repair the table, then start again; nothing of this transaction has been applied."),
                    isTransient: false);
            }

            if (statement.LenientWarnings > 0 && ok.Warnings != statement.LenientWarnings)
            {
                throw new TargetException(
                    string.Create(CultureInfo.InvariantCulture, $"{Name}: {Describe(statement, batch)} raised {ok.Warnings} warnings; expected {statement.LenientWarnings}, one for each ENUM value ''. The target's columns don't take all values. Make the table equal to the upstream's and start again."),
                    isTransient: false);
            }
        }
    }

    private string Describe(in RowStatement statement, ChangeBatch batch)
    {
        RowChange first = batch.Rows[statement.FirstRow];
        string kind = first.Kind.ToString().ToLowerInvariant();
        string rows = statement.Rows == 1 ? "row" : string.Create(CultureInfo.InvariantCulture, $"{statement.Rows} rows, the first");
        return string.Create(CultureInfo.InvariantCulture, $"the {kind} of {first.Table}, commit TS {first.CommitTs}, {rows} {_writer!.Describe(statement.FirstRow)}");
    }

    /// <summary>Commits what was sent and the checkpoint's move.</summary>
    private async Task CommitAsync(MySqlConnection connection, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        await ReachedAsync(MySqlTargetStep.BeforeCommit).ConfigureAwait(false);
        await connection.ExecuteAsync("COMMIT", cancellationToken).ConfigureAwait(false);
        _checkpoint = checkpoint;
        _intent = null;
        await ReachedAsync(MySqlTargetStep.AfterCommit).ConfigureAwait(false);
    }

    private async Task EnsureRowAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        if (!_hasRow)
        {
            await connection.ExecuteAsync(_table.Insert, cancellationToken).ConfigureAwait(false);
            _hasRow = true;
        }
    }

    private void ExpectOwnRow(MySqlOk ok)
    {
        if (ok.AffectedRows != 1)
        {
            throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{Name}: the checkpoint of cluster {_options.ClusterId} is no longer at commit TS {_checkpoint.CommitTs}, where this session left it: another Drainer writes to this target. Stop one of them."),
                isTransient: false);
        }
    }

    private void ExpectForward(Checkpoint checkpoint)
    {
        if (_hasRow && checkpoint.CommitTs <= _checkpoint.CommitTs)
        {
            throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{Name}: the checkpoint was to move to commit TS {checkpoint.CommitTs}, but the target holds everything up to {_checkpoint.CommitTs} already. Nothing has been applied."),
                isTransient: false);
        }
    }

    private void ExpectNoIntent(ulong commitTs)
    {
        if (_intent is { } intent && commitTs >= intent.CommitTs)
        {
            throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{Name}: the schema change at commit TS {intent.CommitTs} (job {intent.JobId}) was begun and may be half done; it must come next, but transactions up to {commitTs} came. The binlog that this Drainer reads is not the one that it read before."),
                isTransient: false);
        }
    }

    /// <summary>Ends the transaction so that its locks don't stand in the way of the next session.</summary>
    private async Task GiveUpAsync(MySqlConnection connection)
    {
        _hasFailed = true;
        try
        {
            if (connection.IsOpen)
            {
                await connection.ExecuteAsync("ROLLBACK", CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (MySqlException)
        {
            // The server rolls back by itself when the connection ends, and it is ended next.
            return;
        }
    }

    private static long RoundUp(long bytes) => (bytes + (1 << 20)) & ~((1L << 20) - 1);
}
