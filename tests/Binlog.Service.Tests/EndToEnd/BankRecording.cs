using System.Buffers.Binary;
using System.IO.Compression;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Recordings;
using Binlog.Service.Tests.Drainer.Applying;
using Binlog.Service.Tests.Drainer.Translating;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Google.Protobuf;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>The transfers of a <see cref="BankLedger"/> as a recording that <c>replay</c> sends to Pumps.</summary>
internal static class BankRecording
{
    private const ulong ClusterId = 7;

    /// <summary>Of the year 2026, as real ones are.</summary>
    private const ulong FirstTs = 470_606_000_000_000_000;

    /// <summary>Makes the recording in an empty directory.</summary>
    public static Recording Create(string directory, BankLedger ledger, int transfers)
    {
        ulong ts = FirstTs;
        ulong databaseTs = ts += 10;
        ulong tableTs = ts += 10;
        using (var jobs = new StreamWriter(new GZipStream(File.Create(Path.Combine(directory, "ddl_history_jobs.jsonl.gz")), CompressionLevel.Fastest)))
        {
            jobs.WriteLine(BenchTable.DatabaseJob(databaseTs));
            jobs.WriteLine(BenchTable.TableJob(tableTs));
        }

        using (var binlogs = new GZipStream(File.Create(Path.Combine(directory, "binlogs.bin.gz")), CompressionLevel.Fastest))
        {
            Write(binlogs, new DdlTransactionSource(BenchTable.CreateDatabaseJob, BenchTable.CreateDatabase), databaseTs);
            Write(binlogs, new DdlTransactionSource(BenchTable.CreateTableJob, BenchTable.CreateTable), tableTs);
            Write(binlogs, ledger.Opening(), ts += 10);
            for (int transfer = 1; transfer <= transfers; transfer++)
            {
                Write(binlogs, ledger.Transfer(), ts += 10);
            }
        }

        return Recording.Open(directory);
    }

    private static void Write(Stream binlogs, DdlTransactionSource transaction, ulong commitTs)
    {
        ReadOnlyMemory<byte> prewrite = transaction.Prewrite(commitTs - 1);
        Write(binlogs, prewrite);
        Write(binlogs, OutcomeTemplate.Of(prewrite.Span, commitTs - 1).Commit(commitTs));
    }

    private static void Write(Stream binlogs, BinlogBuilder transaction, ulong commitTs)
    {
        (ReadOnlyMemory<byte> prewrite, ReadOnlyMemory<byte> commit) = transaction.Parts(commitTs);
        Write(binlogs, prewrite);
        Write(binlogs, commit);
    }

    private static void Write(Stream binlogs, ReadOnlyMemory<byte> payload)
    {
        byte[] request = new WriteBinlogReq { ClusterId = ClusterId, Payload = ByteString.CopyFrom(payload.Span) }.ToByteArray();
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, request.Length);
        binlogs.Write(length);
        binlogs.Write(request);
    }
}
