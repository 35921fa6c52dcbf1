using System.Buffers;
using Binlog.RelayLog;
using Binlog.TiDB;
using Binlog.TiDB.Records;

namespace Binlog.Service.Pump.Reading;

/// <summary>
/// The joined binlog of a transaction with a large record, piece by piece from the file: the commit's fields, then those that it takes
/// from the prewrite. Memory is one piece. Not thread-safe.
/// </summary>
internal sealed class JoinedPieces : IDisposable
{
    private const int PieceBytes = 64 * 1024;
    private const int RunsAtOnce = 16;

    private readonly PulledTransaction _transaction;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
    private WindowedRecord _record;
    private JoinedFieldScanner _scanner;
    private LargeRecordCheck? _check;
    private ReadOnlyMemory<byte> _piece;
    private int _position;
    private int _read;
    private bool _isPrewrite;
    private bool _isLast;

    /// <param name="transaction">Its small record, if one is small, must stay valid.</param>
    public JoinedPieces(in PulledTransaction transaction)
    {
        _transaction = transaction;
        _scanner = Begin(isPrewrite: false);
    }

    /// <summary>Of a binlog only what a commit gives to a joined one: everything but rows and DDL.</summary>
    public static JoinedPieces WithoutRows(LargeRecord record) => new(new PulledTransaction(0, 0, default, new WindowedRecord(record.Tag, record.Length, default, record)));

    /// <summary>Reads everything once: checks the checksums and tells the joined length in bytes. Begins anew afterwards.</summary>
    /// <exception cref="RelayLogException">A record is damaged or gone.</exception>
    public async ValueTask<long> MeasureAsync()
    {
        try
        {
            long length = 0;
            for (int runs = 1; TryNext(out ReadOnlyMemory<byte> run); runs++)
            {
                length += run.Length;
                if (runs % RunsAtOnce == 0)
                {
                    // Others want the thread too.
                    await Task.Yield();
                }
            }

            Restart();
            return length;
        }
        catch (TiDBFormatException)
        {
            // Damage in the file is the likely reason, and says where.
            Verify(_transaction.Commit.Large);
            Verify(_transaction.Prewrite.Large);
            throw;
        }
    }

    /// <summary>The next bytes of the joined binlog, valid until the next call; false at its end.</summary>
    /// <exception cref="RelayLogException">A record is damaged or gone.</exception>
    /// <exception cref="TiDBFormatException">A record is no protobuf message.</exception>
    public bool TryNext(out ReadOnlyMemory<byte> run)
    {
        while (true)
        {
            if (_scanner.TryRead(_piece.Span, _isLast, ref _position, out Range range))
            {
                run = _piece[range];
                return true;
            }

            if (!_isLast)
            {
                Load();
                continue;
            }

            _check?.Verify();
            if (_isPrewrite)
            {
                run = default;
                return false;
            }

            _scanner = Begin(isPrewrite: true);
        }
    }

    /// <summary>Goes back to the beginning.</summary>
    public void Restart() => _scanner = Begin(isPrewrite: false);

    /// <inheritdoc />
    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private JoinedFieldScanner Begin(bool isPrewrite)
    {
        _isPrewrite = isPrewrite;
        _record = isPrewrite ? _transaction.Prewrite : _transaction.Commit;
        _check = _record.Large?.BeginCheck();
        _piece = default;
        _position = 0;
        _read = 0;
        _isLast = false;
        return new JoinedFieldScanner(isPrewrite);
    }

    private void Load()
    {
        if (_record.Large is not { } large)
        {
            _piece = _record.Payload;
            _isLast = true;
            return;
        }

        // The first bytes of a field whose head wasn't complete go in front of the next piece.
        int left = _piece.Length - _position;
        _piece.Span[_position..].CopyTo(_buffer);
        Span<byte> next = _buffer.AsSpan(left, Math.Min(_buffer.Length - left, large.Length - _read));
        large.Read(next, _read);
        _check!.Add(next);
        _read += next.Length;
        _piece = _buffer.AsMemory(0, left + next.Length);
        _position = 0;
        _isLast = _read == large.Length;
    }

    private void Verify(LargeRecord? record)
    {
        if (record is null)
        {
            return;
        }

        LargeRecordCheck check = record.BeginCheck();
        for (int read = 0; read < record.Length;)
        {
            Span<byte> next = _buffer.AsSpan(0, Math.Min(_buffer.Length, record.Length - read));
            record.Read(next, read);
            check.Add(next);
            read += next.Length;
        }

        check.Verify();
    }
}
