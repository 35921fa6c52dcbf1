using System.Diagnostics;
using System.Globalization;
using Binlog.Service.Hosting;

namespace Binlog.Service.Tests.Hosting;

public sealed class ConsoleLifetimeTests : IDisposable
{
    private readonly ManualTimer _timer = new();
    private readonly StringWriter _error = new();
    private readonly List<int> _exits = [];
    private readonly ConsoleLifetime _lifetime;

    public ConsoleLifetimeTests() => _lifetime = new ConsoleLifetime(_timer, TimeSpan.FromSeconds(30), _error, _exits.Add);

    public void Dispose() => _lifetime.Dispose();

    [Fact]
    public void OnSignal_First_AsksToStop()
    {
        _lifetime.OnSignal("SIGTERM");

        Assert.True(_lifetime.Stopping.IsCancellationRequested);
        Assert.Empty(_exits);
        Assert.Equal(TimeSpan.FromSeconds(30), _timer.DueTime);
        Assert.Contains("SIGTERM, stopping", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void OnSignal_Second_EndsAtOnce()
    {
        _lifetime.OnSignal("SIGTERM");
        _lifetime.OnSignal("SIGINT");

        Assert.Equal([ExitCode.Interrupted], _exits);
    }

    [Fact]
    public void OnSignal_GracePeriodOver_EndsAsFailed()
    {
        _lifetime.OnSignal("SIGTERM");
        _timer.Fire();

        Assert.Equal([ExitCode.Failed], _exits);
        Assert.Contains("not stopped within 30 s", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void OnSignal_AfterDispose_DoesNothing()
    {
        _lifetime.OnSignal("SIGTERM");
        _lifetime.Dispose();

        _lifetime.OnSignal("SIGINT");
        _timer.Fire();

        Assert.Empty(_exits);
    }

    [Fact]
    public async Task Start_SignalOfTheSystem_AsksToStop()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no signals that a process could send to itself.");
        }

        using var lifetime = ConsoleLifetime.Start();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.Stopping.Register(() => stopped.SetResult());

        using var kill = Process.Start("sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -HUP {Environment.ProcessId}")]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);

        await stopped.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.True(lifetime.Stopping.IsCancellationRequested);
    }

    /// <summary>A clock whose only timer goes off when the test says so.</summary>
    private sealed class ManualTimer : TimeProvider, ITimer
    {
        private Action _fire = () => { };

        public TimeSpan DueTime { get; private set; }

        public void Fire() => _fire();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (DueTime, _fire) = (dueTime, () => callback(state));
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
