using Binlog.MySql.Errors;
using Binlog.MySql.Protocol;
using Binlog.MySql.Transport;

namespace Binlog.MySql.Sessions;

/// <summary>A logged-in session: one command at a time, and broken for good after the first failure of the connection.</summary>
internal sealed class ServerSession : IDisposable
{
    private readonly IdleTimer? _idle;
    private int _busy;
    private bool _closed;

    public ServerSession(ServerChannel channel, PacketReader packets, MySqlConnectionOptions options, LoginResult login)
    {
        Channel = channel;
        Packets = packets;
        Options = options;
        Status = login.Status;
        Server = MySqlServerInfo.Create(login.Greeting, login.IsEncrypted);
        Responses = new ResponseReader(packets, login.Capabilities.HasFlag(ProtocolCapabilities.DeprecateEof), options.MaxDiscardedBytes);
        Cancellation = new CommandCancellation(this);
        _idle = options.IdleTimeout is { } timeout ? new IdleTimer(options.TimeProvider, timeout, CloseIdle) : null;
    }

    public ServerChannel Channel { get; }

    public PacketReader Packets { get; }

    public ResponseReader Responses { get; }

    public CommandCancellation Cancellation { get; }

    public MySqlConnectionOptions Options { get; }

    public MySqlServerInfo Server { get; set; }

    public MySqlStatus Status { get; set; }

    public bool IsOpen => !_closed && Channel.Failure is null;

    /// <summary>Takes the session for one command.</summary>
    public void Enter()
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(MySqlConnection));
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            throw new InvalidOperationException(
                "The connection is busy: another command runs, or a row reader wasn't read to its end or disposed. Use one command at a time.");
        }

        if (Channel.Failure is { } failure)
        {
            Leave();
            throw new MySqlException(MySqlErrorCode.ServerGone, MySqlException.ConnectionState, $"The connection was lost before: {failure.Message}", failure);
        }

        _idle?.Stop();
    }

    public void Leave()
    {
        Volatile.Write(ref _busy, 0);
        _idle?.Start();
    }

    /// <summary>Sends the statements and reads the first statement's answer.</summary>
    public async ValueTask<CommandOutcome> ExchangeAsync(StatementBuffer statements, List<MySqlOk>? each)
    {
        Packets.ExpectAnswer(statements.PacketsOf(0));
        var sending = statements.SendAsync(Channel);
        CommandOutcome outcome;
        try
        {
            outcome = await Responses.ReadOutcomeAsync(each).ConfigureAwait(false);
        }
        catch (MySqlException e)
        {
            throw await FailAsync(e, sending, statements.Bytes).ConfigureAwait(false);
        }

        await FinishAsync(outcome, sending).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Keeps what an answer says about the session, and breaks it where the answer means that the server leaves.</summary>
    public void Note(in CommandOutcome outcome)
    {
        if (outcome.Error is null)
        {
            Status = outcome.Ok.Status;
        }
        else if (outcome.Error.IsConnectionLost)
        {
            Channel.Abort(outcome.Error);
        }
    }

    /// <summary>Breaks the session after <paramref name="e"/>, waits for the sender, and says what to throw.</summary>
    public async ValueTask<MySqlException> FailAsync(MySqlException e, Task sending, long bytes)
    {
        const int SuspiciousBytes = 1 << 20;
        var sendFailed = sending.IsFaulted;
        e = Channel.Abort(e);
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return sendFailed && e is not MySqlProtocolException && bytes >= SuspiciousBytes
            ? MySqlException.Lost($"{e.Message} While {bytes} bytes were being sent; a server also closes the connection on a statement larger than its max_allowed_packet.", e)
            : e;
    }

    public async ValueTask FinishAsync(CommandOutcome outcome, Task sending)
    {
        Note(outcome);
        if (outcome.Error is { IsConnectionLost: true })
        {
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            await sending.ConfigureAwait(false);
        }
    }

    /// <summary>Says goodbye when nothing runs, and closes the socket.</summary>
    public async ValueTask CloseAsync()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _idle?.Dispose();
        if (Interlocked.Exchange(ref _busy, 1) == 0 && Channel.Failure is null)
        {
            await SayGoodbyeAsync().ConfigureAwait(false);
        }

        Channel.Abort(MySqlException.Lost("The connection was closed."));
        Channel.Dispose();
    }

    public void Dispose() => Channel.Dispose();

    private async ValueTask SayGoodbyeAsync()
    {
        try
        {
            await PacketSender.SendAsync(Channel, 0, new[] { (byte)ProtocolCommand.Quit }).ConfigureAwait(false);
        }
        catch (MySqlException)
        {
            // The server is gone already, which is what quitting was for.
        }
    }

    private void CloseIdle(TimeSpan timeout)
    {
        if (Interlocked.Exchange(ref _busy, 1) == 0)
        {
            Channel.Abort(new MySqlException(MySqlErrorCode.ServerGone, MySqlException.ConnectionState,
                $"The connection to {Channel.Address} was idle for {timeout.TotalSeconds:0.###} s and closed itself (IdleTimeout)."));
            Volatile.Write(ref _busy, 0);
        }
    }
}
