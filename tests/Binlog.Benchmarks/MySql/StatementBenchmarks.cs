using System.Buffers;
using System.Buffers.Text;
using BenchmarkDotNet.Attributes;
using Binlog.MySql;
using Binlog.TestKit.MariaDb;

namespace Binlog.Benchmarks.MySql;

/// <summary>What sending statements to a real MariaDB costs this side; its table keeps nothing, so that it isn't the bottleneck. The time per operation is mostly the server's; the CPU that
/// this process used (warm-up included) is printed at the end of each run ("client CPU").</summary>
[MemoryDiagnoser]
public class StatementBenchmarks
{
    private const int RowsPerStatement = 100;
    private const int StatementsPerExecution = 100;

    private static readonly byte[] Value = [.. Enumerable.Repeat((byte)'v', 180)];

    private MariaDbServer _server = null!;
    private MySqlConnection _connection = null!;
    private MySqlPipeline _pipeline = null!;
    private ReadOnlyMemory<byte> _statement;
    private TimeSpan _cpuBefore;
    private long _items;
    private long _id;

    // Synchronous, because the in-process toolchain doesn't wait for tasks here.
    [GlobalSetup]
    public void Setup() => SetupAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void Cleanup() => CleanupAsync().GetAwaiter().GetResult();

    private async Task SetupAsync()
    {
        _server = await MariaDbServer.StartAsync(new MariaDbOptions { Arguments = ["--plugin-load-add=ha_blackhole"] });
        _connection = await MySqlConnection.OpenAsync(
            new MySqlConnectionOptions { Host = _server.Host, Port = _server.Port, User = "root", Password = _server.RootPassword, Tls = MySqlTlsMode.Disabled },
            CancellationToken.None);
        await _connection.ExecuteAsync("CREATE DATABASE bench; USE bench", CancellationToken.None);
        await _connection.ExecuteAsync("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(200)) ENGINE = BLACKHOLE", CancellationToken.None);
        _pipeline = _connection.CreatePipeline();
        _statement = "UPDATE t SET v = 'x' WHERE id = 5"u8.ToArray();
        _cpuBefore = Environment.CpuUsage.TotalTime;
    }

    private async Task CleanupAsync()
    {
        var cpu = Environment.CpuUsage.TotalTime - _cpuBefore;
        Console.WriteLine($"// client CPU: {cpu.TotalMicroseconds / _items:0.00} us per item, {_items} items");
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>Rows of 200 B in INSERTs of 100 rows, pipelined; per row.</summary>
    [Benchmark(OperationsPerInvoke = RowsPerStatement * StatementsPerExecution)]
    public long MultiRowInsert()
    {
        for (var i = 0; i < StatementsPerExecution; i++)
        {
            WriteInsert(_pipeline.BeginStatement());
            _pipeline.EndStatement();
        }

        _items += RowsPerStatement * StatementsPerExecution;
        return ExecuteAsync().GetAwaiter().GetResult();
    }

    /// <summary>Statements of one row each, pipelined; per statement.</summary>
    [Benchmark(OperationsPerInvoke = StatementsPerExecution)]
    public long SingleStatementPipelined()
    {
        for (var i = 0; i < StatementsPerExecution; i++)
        {
            _pipeline.BeginStatement().Write(_statement.Span);
            _pipeline.EndStatement();
        }

        _items += StatementsPerExecution;
        return ExecuteAsync().GetAwaiter().GetResult();
    }

    /// <summary>Statements with a wait for each answer; per statement.</summary>
    [Benchmark]
    public MySqlOk SingleStatementAwaited()
    {
        _items++;
        return _connection.ExecuteAsync(_statement, CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Rows of 108 B read from a streamed result; per row.</summary>
    [Benchmark(OperationsPerInvoke = 100_000)]
    public long StreamedRows() => StreamAsync().GetAwaiter().GetResult();

    private async Task<long> StreamAsync()
    {
        long sum = 0;
        await using var reader = await _connection.QueryAsync("SELECT seq, REPEAT('r', 100) FROM seq_1_to_100000", CancellationToken.None);
        while (await reader.ReadAsync(CancellationToken.None))
        {
            sum += reader.GetInt64(0) + reader.GetBytes(1).Length;
        }

        _items += 100_000;
        return sum;
    }

    private async Task<long> ExecuteAsync()
    {
        var result = await _pipeline.ExecuteAsync(CancellationToken.None);
        result.ThrowIfFailed();
        return result.TotalAffected;
    }

    private void WriteInsert(IBufferWriter<byte> writer)
    {
        writer.Write("INSERT INTO t VALUES "u8);
        for (var row = 0; row < RowsPerStatement; row++)
        {
            var span = writer.GetSpan(Value.Length + 32);
            var length = 0;
            span[length++] = row == 0 ? (byte)' ' : (byte)',';
            span[length++] = (byte)'(';
            Utf8Formatter.TryFormat(_id++, span[length..], out var digits);
            length += digits;
            span[length++] = (byte)',';
            span[length++] = (byte)'\'';
            Value.CopyTo(span[length..]);
            length += Value.Length;
            span[length++] = (byte)'\'';
            span[length++] = (byte)')';
            writer.Advance(length);
        }
    }
}
