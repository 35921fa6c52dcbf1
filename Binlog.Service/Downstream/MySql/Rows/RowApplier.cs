using System.Globalization;
using Binlog.MySql;

namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>
/// Executes rows in a session's transaction. Statements travel without waiting for one another's answers; while one chunk of them is on its
/// way the next is being written. Not thread-safe.
/// </summary>
internal sealed class RowApplier(MySqlSession session, RowStatementLimits limits, int pipelineBytes)
{
    private readonly RowStatementWriter _writer = new(session.Dialect, session.Name, limits);
    private readonly StatementChunk[] _chunks = [new(), new()];
    private readonly MySqlPipeline _pipeline = session.Connection.CreatePipeline();
    private ChangeBatch _batch = new();

    /// <summary>Forgets tables.</summary>
    public void Forget() => _writer.Forget();

    /// <summary>Makes changes of a batch, then runs one statement more if there is one, whose answer is returned.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="first">Index of the first row.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="last">The statement behind them; null for none.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    /// <exception cref="TargetException">A row did not do what it must. The transaction has to be rolled back.</exception>
    /// <exception cref="MySqlException">The connection is lost.</exception>
    public async Task<MySqlOk> ApplyAsync(ChangeBatch batch, int first, int count, string? last, CancellationToken cancellationToken)
    {
        _batch = batch;
        _pipeline.Clear();
        _writer.Start(batch, first, count);
        (StatementChunk current, StatementChunk next) = (_chunks[0], _chunks[1]);
        Fill(current, last);
        while (true)
        {
            bool isLast = _writer.IsDone;
            for (int index = 0; index < current.Entries.Length; index++)
            {
                _pipeline.Add(current.Sql(index));
            }

            Task<PipelineResult> running = _pipeline.ExecuteAsync(cancellationToken).AsTask();
            try
            {
                if (!isLast)
                {
                    Fill(next, last);
                }
            }
            catch
            {
                await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            PipelineResult result = await running.ConfigureAwait(false);
            Check(current, result);
            if (isLast)
            {
                return last is null ? default : result[current.Entries.Length - 1];
            }

            (current, next) = (next, current);
        }
    }

    private void Fill(StatementChunk chunk, string? last)
    {
        try
        {
            chunk.Fill(_writer, pipelineBytes, session.MaxStatementBytes);
            if (_writer.IsDone && last is not null)
            {
                chunk.Add(last);
            }
        }
        catch (StatementTooLargeException error)
        {
            throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{session.Name}: {Describe(error.Statement)} takes a statement of {error.Bytes} bytes; the server takes {session.MaxStatementBytes} (max_allowed_packet). Set max_allowed_packet there to at least {RoundUp(error.Bytes)} and start again."),
                isTransient: false);
        }
    }

    private void Check(StatementChunk chunk, PipelineResult result)
    {
        ReadOnlySpan<StatementChunk.Entry> entries = chunk.Entries;
        if (result.Error is { } error)
        {
            RowStatement? failed = entries[result.FailedIndex].Statement;
            throw MySqlErrors.Explain(session.Name, failed is { } rows ? $"applying {Describe(rows)}" : "the checkpoint", error);
        }

        for (int index = 0; index < entries.Length; index++)
        {
            if (entries[index].Statement is not { } statement)
            {
                continue;
            }

            MySqlOk ok = result[index];
            if (!IsAsMeant(statement, ok))
            {
                throw new TargetException(
                    string.Create(CultureInfo.InvariantCulture, $"{session.Name}: {Describe(statement)} matched {ok.AffectedRows} rows; expected {statement.Rows}. The target differs from the upstream: somebody else wrote to it, or it did not start equal. Compare and repair the table, then start again; nothing of this transaction has been applied."),
                    isTransient: false);
            }

            if (statement.LenientWarnings > 0 && ok.Warnings != statement.LenientWarnings)
            {
                throw new TargetException(
                    string.Create(CultureInfo.InvariantCulture, $"{session.Name}: {Describe(statement)} raised {ok.Warnings} warnings; expected {statement.LenientWarnings}, one for each ENUM value ''. The target's columns don't take all values. Make the table equal to the upstream's and start again."),
                    isTransient: false);
            }
        }
    }

    /// <summary>A REPLACE counts the rows that it removes too; a delete that may have been made before finds what is left.</summary>
    private bool IsAsMeant(in RowStatement statement, MySqlOk ok) => statement.IsRepeatable
        ? _batch.Rows[statement.FirstRow].Kind == RowChangeKind.Delete || ok.AffectedRows >= statement.Rows
        : ok.AffectedRows == statement.Rows;

    private string Describe(in RowStatement statement)
    {
        RowChange first = _batch.Rows[statement.FirstRow];
        string kind = first.Kind.ToString().ToLowerInvariant();
        string rows = statement.Rows == 1 ? "row" : string.Create(CultureInfo.InvariantCulture, $"{statement.Rows} rows, the first");
        return string.Create(CultureInfo.InvariantCulture, $"the {kind} of {first.Table}, commit TS {first.CommitTs}, {rows} {_writer.Describe(statement.FirstRow)}");
    }

    private static long RoundUp(long bytes) => (bytes + (1 << 20)) & ~((1L << 20) - 1);
}
