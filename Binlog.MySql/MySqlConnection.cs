using System.Net;
using Binlog.MySql.Errors;
using Binlog.MySql.Sessions;
using Binlog.MySql.Transport;

namespace Binlog.MySql;

/// <summary>A connection to a MySQL, MariaDB or TiDB server, with utf8mb4 as its character set whatever the server's default is.</summary>
/// <remarks>
/// One command at a time; a second one while another runs throws <see cref="InvalidOperationException"/>. After an exception with
/// <see cref="MySqlException.IsConnectionLost"/> the connection is of no more use: open another.
/// <para>Cancelling a token sends KILL QUERY from a second connection and waits for the command to end, at most
/// <see cref="MySqlConnectionOptions.CancelTimeout"/>. Then the connection is usable again, or, where the kill failed or the
/// server didn't answer in time, broken; <see cref="IsOpen"/> tells. A statement that succeeded before the kill arrived returns
/// its result.</para>
/// </remarks>
public sealed partial class MySqlConnection : IAsyncDisposable
{
    private const string SetNames = "SET NAMES utf8mb4 COLLATE utf8mb4_bin";

    private readonly ServerSession _session;
    private readonly StatementBuffer _statement = new();
    private MySqlPipeline? _pipeline;

    private MySqlConnection(ServerSession session) => _session = session;

    /// <summary>What the server said about itself.</summary>
    public MySqlServerInfo Server => _session.Server;

    /// <summary>Whether commands can be sent. It may turn out only by sending one that the server has gone.</summary>
    public bool IsOpen => _session.IsOpen;

    /// <summary>Session status after the last command.</summary>
    public MySqlStatus Status => _session.Status;

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="ArgumentException">The options are not usable; all problems are named.</exception>
    /// <exception cref="MySqlException">The server can't be reached, doesn't answer within
    /// <see cref="MySqlConnectionOptions.ConnectTimeout"/>, or refuses the login.</exception>
    public static Task<MySqlConnection> OpenAsync(MySqlConnectionOptions options, CancellationToken cancellationToken) =>
        OpenAsync(options, null, cancellationToken);

    internal static async Task<MySqlConnection> OpenAsync(MySqlConnectionOptions options, EndPoint? endPoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await ConnectAsync(options, endPoint, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is MySqlException { IsConnectionLost: true } or OperationCanceledException && either.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new MySqlException(MySqlErrorCode.CannotConnect, MySqlException.ConnectionState,
                $"No connection to {options.UnixSocket ?? $"{options.Host}:{options.Port}"} within {options.ConnectTimeout.TotalSeconds:0.###} s (ConnectTimeout).", e);
        }
    }

    /// <summary>A pipeline for this connection: many statements sent without waiting for each answer. There is one per connection.</summary>
    public MySqlPipeline CreatePipeline() => _pipeline ??= new MySqlPipeline(_session);

    /// <summary>Opens a second connection and sends KILL QUERY for what this one runs. May be called while a command runs.</summary>
    public Task KillQueryAsync(CancellationToken cancellationToken) => CommandCancellation.KillAsync(_session, KillScope.Query, cancellationToken);

    /// <summary>Tells the server goodbye and closes the socket. Never throws because of the server.</summary>
    public ValueTask CloseAsync() => _session.CloseAsync();

    public ValueTask DisposeAsync() => CloseAsync();

    private static async Task<MySqlConnection> ConnectAsync(MySqlConnectionOptions options, EndPoint? endPoint, CancellationToken cancellationToken)
    {
        var channel = await ServerConnector.ConnectAsync(options, endPoint, cancellationToken).ConfigureAwait(false);
        try
        {
            await using (cancellationToken.UnsafeRegister(
                static state => ((ServerChannel)state!).Abort(MySqlException.Lost("Connecting was given up.")), channel).ConfigureAwait(false))
            {
                var packets = new PacketReader(channel);
                var login = await LoginSequence.RunAsync(channel, packets, options, cancellationToken).ConfigureAwait(false);
                packets.MaxPayloadBytes = options.MaxResultRowBytes;
                var connection = new MySqlConnection(new ServerSession(channel, packets, options, login));
                await connection.PrepareAsync().ConfigureAwait(false);
                return connection;
            }
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    /// <summary>Makes explicit what servers may be configured to ignore in the handshake.</summary>
    private async Task PrepareAsync()
    {
        await ExecuteAsync(SetNames, CancellationToken.None).ConfigureAwait(false);
        if (Server.Kind == MySqlServerKind.TiDb
            && await QueryScalarAsync("SELECT CONNECTION_ID()", CancellationToken.None).ConfigureAwait(false) is { } id
            && ulong.TryParse(id, out var connectionId))
        {
            _session.Server = Server with { ConnectionId = connectionId };
        }
    }
}
