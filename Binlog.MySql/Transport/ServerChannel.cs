using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Authentication;

namespace Binlog.MySql.Transport;

/// <summary>The byte stream to a server: plain or TLS, with a limit on the server's silence.</summary>
/// <remarks>One reader and one writer may work at once. Every failure is a <see cref="MySqlException"/>; the first one stays,
/// closes the socket and is what both sides then throw.</remarks>
internal sealed class ServerChannel : IDisposable
{
    /// <summary>Largest piece written at once, so that progress shows on slow links.</summary>
    private const int MaxWriteBytes = 1 << 20;

    private readonly Socket _socket;
    private readonly Watchdog _watchdog;
    private readonly bool _hasLowWaterMark;
    private Stream _stream;
    private readonly Lock _lowWaterLock = new();
    private int _lowWaterMark = 1;
    private MySqlException? _failure;

    public ServerChannel(Socket socket, string address, TimeProvider time, TimeSpan silenceTimeout)
    {
        _socket = socket;
        Address = address;
        RemoteEndPoint = socket.RemoteEndPoint is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped
            ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port)
            : socket.RemoteEndPoint;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _hasLowWaterMark = OperatingSystem.IsLinux() && socket.ProtocolType == ProtocolType.Tcp;
        _watchdog = new Watchdog(time, silenceTimeout, OnSilence);
    }

    /// <summary>Where to, for messages.</summary>
    public string Address { get; }

    /// <summary>Address that was connected to: a name may stand for several servers, but KILL must go to the same one.</summary>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>What broke the channel, or null.</summary>
    public MySqlException? Failure => Volatile.Read(ref _failure);

    public Stream Stream => _stream;

    /// <summary>All further bytes go through <paramref name="stream"/>, which wraps <see cref="Stream"/>.</summary>
    public void Replace(Stream stream) => _stream = stream;

    public void SetSilenceTimeout(TimeSpan timeout) => _watchdog.SetTimeout(timeout);

    /// <summary>Closes the socket; who waits for it gets <paramref name="reason"/>, unless something else failed before.</summary>
    public MySqlException Abort(MySqlException reason)
    {
        var first = Interlocked.CompareExchange(ref _failure, reason, null) ?? reason;
        _socket.Dispose();
        return first;
    }

    /// <summary>Lets the next reads wait until that many bytes are there, where the system can do it: a server writes the answers to
    /// many small statements one by one, and waking up for each costs more than reading it.</summary>
    /// <remarks>The caller knows that so many will come. Not over TLS, which may hold bytes that it has read ahead.</remarks>
    public void ExpectBytes(int count)
    {
        // The watchdog calls this too, and what is noted must be what the system was told last.
        lock (_lowWaterLock)
        {
            SetLowWaterMark(count);
        }
    }

    /// <summary>Waits for bytes; at least one.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        _watchdog.BeginWait();
        try
        {
            var count = await _stream.ReadAsync(buffer).ConfigureAwait(false);
            return count > 0 ? count : throw Abort(MySqlException.Lost($"{Address} closed the connection."));
        }
        catch (Exception e) when (IsStreamFailure(e))
        {
            throw Abort(MySqlException.Lost($"The connection to {Address} broke: {e.Message}", e));
        }
        finally
        {
            _watchdog.EndWait();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, MaxWriteBytes)];
            _watchdog.BeginWait();
            try
            {
                await _stream.WriteAsync(piece).ConfigureAwait(false);
            }
            catch (Exception e) when (IsStreamFailure(e))
            {
                throw Failure ?? MySqlException.Lost($"The connection to {Address} broke: {e.Message}", e);
            }
            finally
            {
                _watchdog.EndWait();
            }

            bytes = bytes[piece.Length..];
        }
    }

    public void Dispose()
    {
        _watchdog.Dispose();
        _stream.Dispose();
        _socket.Dispose();
    }

    /// <summary>What sockets and TLS throw, when they fail or are closed under a waiting call.</summary>
    public static bool IsStreamFailure(Exception e) =>
        e is IOException or SocketException or ObjectDisposedException or AuthenticationException
            or Win32Exception or NotSupportedException or InvalidOperationException;

    private void SetLowWaterMark(int count)
    {
        if (count == _lowWaterMark || !_hasLowWaterMark || _stream is not NetworkStream || Failure is not null)
        {
            return;
        }

        const int SocketLevel = 1;
        const int ReceiveLowWaterMark = 18; // SO_RCVLOWAT of socket(7)
        Span<byte> value = stackalloc byte[sizeof(int)];
        MemoryMarshal.Write(value, count);
        try
        {
            _socket.SetRawSocketOption(SocketLevel, ReceiveLowWaterMark, value);
            _lowWaterMark = count;
        }
        catch (Exception e) when (IsStreamFailure(e))
        {
            // Without it answers are read one by one; a broken connection shows on the next read.
        }
    }

    private bool HasArrived()
    {
        try
        {
            return _socket.Available > 0;
        }
        catch (Exception e) when (IsStreamFailure(e))
        {
            return false;
        }
    }

    private bool OnSilence(TimeSpan timeout)
    {
        if (Failure is null && HasArrived())
        {
            // The server isn't silent: let the reader have what there is.
            ExpectBytes(1);
            return false;
        }

        Abort(MySqlException.Lost($"{Address} didn't answer within {timeout.TotalSeconds:0.###} s; what it did with the statement is unknown."));
        return true;
    }
}
