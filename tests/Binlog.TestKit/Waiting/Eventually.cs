namespace Binlog.TestKit.Waiting;

/// <summary>Waits for what another process or thread brings about without an event that the test could await.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Returns when the condition holds; fails the test when it does not within a minute.</summary>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="condition">Looks once.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task HoldsAsync(string what, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(condition);
        long started = TimeProvider.System.GetTimestamp();
        while (!await condition().ConfigureAwait(false))
        {
            Xunit.Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, $"Not within {Patience}: {what}.");
            await Task.Delay(Interval, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="HoldsAsync(string, Func{Task{bool}}, CancellationToken)"/>
    public static Task HoldsAsync(string what, Func<bool> condition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return HoldsAsync(what, () => Task.FromResult(condition()), cancellationToken);
    }
}
