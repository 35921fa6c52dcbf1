using Binlog.RelayLog;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>One reading of a log whose records are decoded, filtered and written.</summary>
internal sealed class DumpPass(InspectDumpOptions options, LogKind kind, InspectionReader reader, DumpSchema schema, IDumpWriter writer)
{
    private readonly RecordDecoder _decoder = new(kind, schema);
    private readonly DumpFilter _filter = new(options);
    private Action? _write;
    private long _found;

    /// <summary>Whether damage was met.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Writes what is wanted to the end, or only looks for the first of it, which the next call writes.</summary>
    /// <returns>False at the end.</returns>
    public async Task<bool> RunAsync(bool untilFound, CancellationToken cancellationToken)
    {
        // Records are read and decoded without a wait, so that whoever began this would wait for all of it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (_write is not null || await FindAsync(cancellationToken))
            {
                if (untilFound)
                {
                    return true;
                }

                _write!();
                _write = null;
            }

            return false;
        }
        finally
        {
            writer.Flush();
        }
    }

    private async ValueTask<bool> FindAsync(CancellationToken cancellationToken)
    {
        while (_found < options.Limit && reader.TryRead(out InspectedItem item, cancellationToken) && !IsBeyond(item))
        {
            if (item.Kind != InspectedKind.Record)
            {
                IsDamaged |= item.Kind == InspectedKind.Damage;
                _write = () => writer.WriteIrregular(item);
                return true;
            }

            DumpedRecord record = await _decoder.DecodeAsync(item, cancellationToken);
            if (_filter.Matches(record))
            {
                _found++;
                _write = () => writer.Write(record, _filter.Matches);
                return true;
            }
        }

        return false;
    }

    /// <summary>A relay log is in the order of commit TS.</summary>
    private bool IsBeyond(in InspectedItem item) => item.Kind == InspectedKind.Record && kind == LogKind.Relay && item.Tag.CommitTs > options.To;
}
