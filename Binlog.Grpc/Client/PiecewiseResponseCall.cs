using System.Diagnostics.CodeAnalysis;
using Binlog.Grpc.Framing;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>A call that answers with a stream of messages, which are read in pieces.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "What reading took is given back when the call ends.")]
internal sealed class PiecewiseResponseCall(GrpcChannel channel, IMethod method, CallOptions options, UnaryContent content)
    : StreamedCall(channel, method, null, options, content)
{
    private PieceReader? _reader;
    private PieceInflater? _inflater;
    private bool _hasMessage;

    public async ValueTask<bool> MoveNextAsync()
    {
        BeginRead();
        try
        {
            _hasMessage = false;
            if (!await WaitForHeadAsync().ConfigureAwait(false))
            {
                return false;
            }

            return await MoveAsync().ConfigureAwait(false);
        }
        finally
        {
            EndRead();
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> target)
    {
        BeginRead();
        try
        {
            if (HasEnded)
            {
                throw CreateException();
            }

            return _hasMessage
                ? await ReadMessageAsync(target).ConfigureAwait(false)
                : throw new InvalidOperationException("There is no current message: MoveNextAsync has not returned true.");
        }
        finally
        {
            EndRead();
        }
    }

    protected override void OnEnded() => content.Release();

    protected override void ReleaseReader()
    {
        _inflater?.Dispose();
        _inflater = null;
        _reader?.Dispose();
        _reader = null;
        _hasMessage = false;
    }

    private async ValueTask<bool> MoveAsync()
    {
        try
        {
            CancellationToken.ThrowIfCancellationRequested();
            _reader ??= new PieceReader(await Response.Content.ReadAsStreamAsync(CancellationToken).ConfigureAwait(false));
            _inflater?.Dispose();
            _inflater = null;
            if (await _reader.MoveNextAsync(CancellationToken).ConfigureAwait(false))
            {
                _inflater = _reader.Compressed ? new PieceInflater(_reader, ResponseEncoding) : null;
                _hasMessage = true;
                return true;
            }

            EndWithTrailers();
        }
        catch (Exception e)
        {
            throw Fail(e);
        }

        ReleaseReader();
        return GetStatus().StatusCode == StatusCode.OK ? false : throw CreateException();
    }

    private async ValueTask<int> ReadMessageAsync(Memory<byte> target)
    {
        try
        {
            return _inflater is null
                ? await _reader!.ReadAsync(target, CancellationToken).ConfigureAwait(false)
                : await _inflater.ReadAsync(target, CancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
    }

    private RpcException Fail(Exception cause)
    {
        RpcException failure = EndWithException(cause);
        ReleaseReader();
        return failure;
    }
}
