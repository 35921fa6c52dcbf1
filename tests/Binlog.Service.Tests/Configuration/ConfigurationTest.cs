using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Loading;

namespace Binlog.Service.Tests.Configuration;

/// <summary>Loads configurations from a directory of its own.</summary>
public abstract class ConfigurationTest : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    protected ConfigurationTest() => File.WriteAllText(PathOf("jobs.jsonl"), "");

    public void Dispose()
    {
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected string PathOf(string name) => _directory.Combine(name);

    private protected ConfigurationResult Load(string? json, Dictionary<string, string>? environment = null, params string[] overrides) =>
        new ConfigurationLoader(environment ?? [], _directory.Path).Load(json is null ? null : _directory.Write("binlogd.json", json), overrides);

    private protected HostOptions Valid(string? json, Dictionary<string, string>? environment = null, params string[] overrides)
    {
        var result = Load(json, environment, overrides);
        Assert.Empty(result.Errors);
        return Assert.IsType<HostOptions>(result.Options);
    }

    private protected string TheError(string? json, Dictionary<string, string>? environment = null, params string[] overrides)
    {
        var result = Load(json, environment, overrides);
        Assert.Null(result.Options);
        return Assert.Single(result.Errors).ToString();
    }
}
