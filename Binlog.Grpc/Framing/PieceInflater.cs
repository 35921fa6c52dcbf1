using System.Globalization;
using System.IO.Compression;
using Binlog.Grpc.Protocol;
using Grpc.Core;

namespace Binlog.Grpc.Framing;

/// <summary>Decompresses one message of a <see cref="PieceReader"/> in pieces. What comes out is bounded while it comes out. Not safe for concurrent use.</summary>
internal sealed class PieceInflater : IDisposable
{
    // Header and trailer of a gzip member, with nothing between them.
    private const int MinimumBytes = 18;

    private readonly PieceReader _reader;
    private readonly PieceStream _input;
    private readonly GZipStream _gzip;
    private long _inflated;

    /// <param name="reader">Stands at the begin of a message.</param>
    /// <param name="encoding">Value of the grpc-encoding header, if any.</param>
    /// <exception cref="RpcException">Internal: compressed in a way that isn't known here.</exception>
    public PieceInflater(PieceReader reader, string? encoding)
    {
        if (encoding != GrpcHeaders.Gzip)
        {
            throw new RpcException(new Status(
                StatusCode.Internal,
                encoding is null or GrpcHeaders.Identity
                    ? $"A message is marked as compressed, but the {GrpcHeaders.Encoding} header is {(encoding is null ? "missing" : "identity")}."
                    : $"A message is compressed with '{encoding}'; supported: {GrpcHeaders.AcceptedEncodings}."));
        }

        _reader = reader;
        _input = new PieceStream(reader);
        _gzip = new GZipStream(_input, CompressionMode.Decompress, leaveOpen: true);
    }

    /// <summary>Reads the next bytes of the original form; 0 at its end.</summary>
    /// <exception cref="RpcException">Internal: not valid gzip. ResourceExhausted: more than 2,147,483,647 bytes come out.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        try
        {
            var read = await _gzip.ReadAsync(target, cancellationToken).ConfigureAwait(false);
            _inflated += read;
            if (_inflated > int.MaxValue)
            {
                throw MessageLimits.InflatedTooLarge(_inflated, int.MaxValue);
            }

            if (read == 0 && target.Length > 0)
            {
                CheckEnd();
            }

            return read;
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"A message of {_reader.Length} bytes is marked as gzip and can't be decompressed: {e.Message}", e));
        }
    }

    public void Dispose() => _gzip.Dispose();

    /// <summary>As <see cref="GzipCodec"/>: the decompressor takes truncated data for the end of the data.</summary>
    private void CheckEnd()
    {
        if (_reader.Length is > 0 and < MinimumBytes)
        {
            throw new InvalidDataException("it is shorter than an empty gzip file.");
        }

        if (_reader.Length > 0 && _input.Ending != (uint)_inflated)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"it gives {_inflated} bytes and its end says {_input.Ending}; it is truncated or damaged."));
        }
    }
}
