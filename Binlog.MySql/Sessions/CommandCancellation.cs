using System.Globalization;

namespace Binlog.MySql.Sessions;

/// <summary>Turns a cancelled token into KILL on a second connection.</summary>
/// <remarks>One per session, used by one command at a time.</remarks>
internal sealed class CommandCancellation(ServerSession session)
{
    private CancellationTokenRegistration _registration;
    private KillScope _scope;
    private Task? _killing;

    /// <summary>From now on <paramref name="cancellationToken"/> kills what the session runs.</summary>
    public void Watch(KillScope scope, CancellationToken cancellationToken)
    {
        _killing = null;
        _scope = scope;
        _registration = cancellationToken.CanBeCanceled
            ? cancellationToken.UnsafeRegister(static state => ((CommandCancellation)state!).Start(), this)
            : default;
    }

    /// <summary>Stops watching. True when the token was cancelled; the kill is over by then, so it can't hit a later command.</summary>
    public async ValueTask<bool> StopAsync()
    {
        await _registration.DisposeAsync().ConfigureAwait(false);
        _registration = default;
        if (_killing is null)
        {
            return false;
        }

        await _killing.ConfigureAwait(false);
        _killing = null;
        return true;
    }

    /// <summary>Sends KILL from a connection of its own to the server that <paramref name="session"/> is connected to.</summary>
    public static async Task KillAsync(ServerSession session, KillScope scope, CancellationToken cancellationToken)
    {
        var options = session.Options with
        {
            ConnectTimeout = session.Options.CancelTimeout,
            CommandTimeout = session.Options.CancelTimeout,
            IdleTimeout = null,
            Database = null,
        };
        var dialect = session.Server.Kind == MySqlServerKind.TiDb ? "KILL TIDB" : "KILL";
        var what = scope == KillScope.Query ? "QUERY" : session.Server.Kind == MySqlServerKind.TiDb ? "" : "CONNECTION";
        var connection = await MySqlConnection.OpenAsync(options, session.Channel.RemoteEndPoint, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await connection.ExecuteAsync(
                string.Create(CultureInfo.InvariantCulture, $"{dialect} {what} {session.Server.ConnectionId}"), cancellationToken).ConfigureAwait(false);
        }
    }

    private void Start() => _killing = KillOwnAsync();

    private async Task KillOwnAsync()
    {
        // The token's owner runs this; it shouldn't wait for the connection.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        session.Channel.SetSilenceTimeout(session.Options.CancelTimeout);
        try
        {
            if (_scope == KillScope.Connection)
            {
                session.Channel.Abort(MySqlException.Lost("The statements were cancelled."));
            }

            await KillAsync(session, _scope, CancellationToken.None).ConfigureAwait(false);
        }
        catch (MySqlException e)
        {
            session.Channel.Abort(MySqlException.Lost($"The statement was cancelled, but KILL {_scope} failed: {e.Message}", e));
        }
    }
}
