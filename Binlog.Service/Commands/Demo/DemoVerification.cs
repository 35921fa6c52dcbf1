using Binlog.MySql;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Downstream.Verification;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Recordings;

namespace Binlog.Service.Commands.Demo;

/// <summary>Compares a demo's target with what the recorded TiDB had at the end.</summary>
internal static class DemoVerification
{
    /// <summary>Compares every table.</summary>
    /// <exception cref="TargetException">The target can't be read.</exception>
    /// <exception cref="RecordingException">The recording's final tables can't be read.</exception>
    public static async Task<VerificationReport> RunAsync(Recording recording, DownstreamOptions downstream, CancellationToken cancellationToken)
    {
        try
        {
            return await CompareAsync(recording, downstream, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or FormatException)
        {
            throw new RecordingException($"The target can't be compared with {recording.FinalTablesFile}: {exception.Message}", exception);
        }
        catch (MySqlException exception)
        {
            throw MySqlErrors.Explain("the target", "comparing its tables", exception);
        }
    }

    private static async Task<VerificationReport> CompareAsync(Recording recording, DownstreamOptions downstream, CancellationToken cancellationToken)
    {
        using var history = new FileSchemaHistory(recording.SchemaHistoryFile);
        SchemaTracker tracker = await SchemaTracker.ReplayAsync(history, long.MaxValue, cancellationToken);
        List<TableSchema> schemas = [.. tracker.UserTables];
        IAsyncEnumerable<FinalTable> expected = FinalTablesReader.ReadAsync(recording.FinalTablesFile, cancellationToken);
        if (downstream.Type == DownstreamType.Sqlite)
        {
            using var file = new SqliteTableSource(downstream.File!);
            return await TargetVerifier.CompareAsync(expected, schemas, file, cancellationToken);
        }

        HashSet<string> databases = [.. schemas.Select(schema => schema.SchemaName)];
        await using MySqlTableSource server = await MySqlTableSource.OpenAsync(TargetFactory.ConnectionOptions(downstream), databases, cancellationToken);
        return await TargetVerifier.CompareAsync(expected, schemas, server, cancellationToken);
    }
}
