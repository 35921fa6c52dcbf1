using Binlog.MySql;
using Binlog.Service.Downstream.MySql;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.Downstream.MySql.History;

/// <summary>
/// Samples of a target, taken one after the other while something replicates the recording into it, and afterwards held against a
/// serial replay into a server of its own: each must be the state after exactly the transactions up to its commit TS.
/// </summary>
internal sealed class SampleLog(Func<Task<MySqlConnection>> connect)
{
    private const int TransactionsPerBatch = 32;

    private readonly List<TargetSample> _samples = [];

    /// <summary>At how many commit TS a sample was taken.</summary>
    public int States => _samples.Select(sample => sample.CommitTs).Distinct().Count();

    /// <summary>Takes one sample, which must be possible.</summary>
    public async Task TakeAsync()
    {
        await using MySqlConnection connection = await connect();
        TargetSample? sample = await TargetSampler.TryTakeAsync(connection, TestContext.Current.CancellationToken);
        Assert.NotNull(sample);
        _samples.Add(sample);
    }

    /// <summary>Takes samples until told to stop; a server that is away is tried again.</summary>
    public Task RunAsync(CancellationToken done) => ServerLook.RepeatAsync(
        connect,
        async connection =>
        {
            if (await TargetSampler.TryTakeAsync(connection, TestContext.Current.CancellationToken) is { } sample && (_samples is not [.., var last] || last.CommitTs != sample.CommitTs))
            {
                _samples.Add(sample);
            }
        },
        done);

    /// <summary>Fails for the first sample that is not what the serial replay had at that commit TS.</summary>
    public async Task AssertPrefixesAsync()
    {
        await using MariaDbServer server = await MariaDbServer.StartAsync(new MariaDbOptions { Arguments = ["--innodb-flush-log-at-trx-commit=0"] });
        var options = new MySqlConnectionOptions { Host = server.Host, Port = server.Port, User = "root", Password = server.RootPassword };
        await using MySqlConnection look = await MySqlConnection.OpenAsync(options, default);
        await using var target = new MySqlTarget(new MySqlTargetOptions { Connection = options, ClusterId = 1 });
        await target.OpenAsync(default);
        using var replay = new RecordedReplay(target, TransactionsPerBatch, isCondensed: false);
        foreach (TargetSample sample in _samples.OrderBy(sample => sample.CommitTs))
        {
            await replay.ApplyUpToAsync(sample.CommitTs);
            TargetSample expected = await TargetSampler.TryTakeAsync(look, TestContext.Current.CancellationToken)
                ?? new TargetSample(0, new Dictionary<string, string>());
            IReadOnlyList<string> differences = sample.DifferencesTo(expected);
            Assert.True(differences.Count == 0, $"At commit TS {sample.CommitTs} the target held what no prefix of the upstream's history holds:\n{string.Join('\n', differences)}");
        }
    }
}
