using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Binlog.Service.Hosting.Logging;

/// <summary>
/// The lowest level that a process writes to its log. A change reaches every logger that there is, without a restart; what is configured stays known.
/// Thread-safe.
/// </summary>
/// <param name="configured">The level of the configuration.</param>
internal sealed class LogLevelSwitch(LogLevel configured) : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private readonly Lock _lock = new();
    private ConfigurationReloadToken _changed = new();
    private LogLevel _configured = configured;
    private LogLevel? _chosen;

    /// <summary>The level of the configuration.</summary>
    public LogLevel Configured
    {
        get
        {
            lock (_lock)
            {
                return _configured;
            }
        }
    }

    /// <summary>The level in effect.</summary>
    public LogLevel Level
    {
        get
        {
            lock (_lock)
            {
                return _chosen ?? _configured;
            }
        }
    }

    /// <inheritdoc />
    string IOptionsChangeTokenSource<LoggerFilterOptions>.Name => Options.DefaultName;

    /// <summary>Puts a level into effect; null goes back to the configured one.</summary>
    public void Choose(LogLevel? level) => Change(() => _chosen = level);

    /// <summary>Takes over a level from a configuration that was read again. What an operator chose stays in effect.</summary>
    public void Configure(LogLevel level) => Change(() => _configured = level);

    /// <inheritdoc />
    void IConfigureOptions<LoggerFilterOptions>.Configure(LoggerFilterOptions options)
    {
        LogLevel minimum = Level;
        options.MinLevel = minimum;
        options.Rules.Add(new LoggerFilterRule(null, "Microsoft", minimum > LogLevel.Debug && minimum < LogLevel.Warning ? LogLevel.Warning : minimum, null));

        // ASP.NET Core makes an activity and a log scope for every request as soon as this category is enabled for anything.
        options.Rules.Add(new LoggerFilterRule(null, "Microsoft.AspNetCore.Hosting.Diagnostics", minimum > LogLevel.Debug ? LogLevel.None : minimum, null));
    }

    /// <inheritdoc />
    IChangeToken IOptionsChangeTokenSource<LoggerFilterOptions>.GetChangeToken()
    {
        lock (_lock)
        {
            return _changed;
        }
    }

    private void Change(Action change)
    {
        ConfigurationReloadToken before;
        lock (_lock)
        {
            change();
            before = _changed;
            _changed = new ConfigurationReloadToken();
        }

        // Loggers read the options again while this runs, so not inside the lock.
        before.OnReload();
    }
}
