using Binlog.MySql;

namespace Binlog.Service.Tests.Downstream.MySql.History;

/// <summary>Looks at a server again and again, which may be killed meanwhile.</summary>
internal static class ServerLook
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks until told to stop; connects anew when the server was away.</summary>
    public static async Task RepeatAsync(Func<Task<MySqlConnection>> connect, Func<MySqlConnection, Task> look, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            try
            {
                await using MySqlConnection connection = await connect();
                while (!done.IsCancellationRequested)
                {
                    await look(connection);
                }
            }
            catch (MySqlException error) when (error.IsConnectionLost || error.IsTransient)
            {
                // Not one try after the other while there is no server; nothing depends on how long.
                await Task.Delay(BetweenTries, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
