using System.Buffers;
using System.Runtime.CompilerServices;

namespace Binlog.Service.Drainer.Schema.TiDbStatus;

/// <summary>
/// Takes a JSON array of objects apart while it arrives, so that an answer of any length needs the memory of its longest object only. Objects come
/// without the white space between their tokens, which TiDB's status port adds; what is inside of them is checked by whoever parses them.
/// </summary>
internal sealed class JobArrayReader
{
    /// <summary>A job of a table with a thousand columns has about 1 MiB.</summary>
    private const int MaxObjectBytes = 256 << 20;

    private readonly ArrayBufferWriter<byte> _object = new(1 << 16);
    private Place _place = Place.BeforeArray;
    private int _depth;
    private int _letters;
    private bool _isText;
    private bool _isEscaped;

    private enum Place
    {
        BeforeArray,
        InNull,
        BeforeFirst,
        InObject,
        AfterObject,
        BeforeObject,
        AfterArray,
    }

    /// <summary>The array's objects, each valid until the next one is asked for. An answer of <c>null</c> has none.</summary>
    /// <param name="stream">The JSON.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidDataException">It is no array of objects, or ends too early.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new JobArrayReader();
        byte[] buffer = new byte[1 << 16];
        long before = 0;
        int length;
        while ((length = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            for (int at = 0; at < length; at++)
            {
                if (reader.Take(buffer[at], before + at))
                {
                    yield return reader._object.WrittenMemory;
                    reader._object.ResetWrittenCount();
                }
            }

            before += length;
        }

        reader.RequireEnd(before);
    }

    /// <summary>Takes one byte and says whether it ends an object.</summary>
    private bool Take(byte next, long position)
    {
        if (_place == Place.InObject)
        {
            return TakeInObject(next, position);
        }

        if (next is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            return false;
        }

        _place = (_place, (char)next) switch
        {
            (Place.BeforeArray, '[') => Place.BeforeFirst,
            (Place.BeforeArray, 'n') => Place.InNull,
            (Place.InNull, 'u') when _letters++ == 0 => Place.InNull,
            (Place.InNull, 'l') when _letters++ == 1 => Place.InNull,
            (Place.InNull, 'l') when _letters == 3 => Place.AfterArray,
            (Place.BeforeFirst, ']') or (Place.AfterObject, ']') => Place.AfterArray,
            (Place.BeforeFirst or Place.BeforeObject, '{') => Place.InObject,
            (Place.AfterObject, ',') => Place.BeforeObject,
            _ => throw Unexpected($"'{(char)next}'", position),
        };
        if (_place == Place.InObject)
        {
            _depth = 1;
            Append(next);
        }

        return false;
    }

    private bool TakeInObject(byte next, long position)
    {
        if (_isText)
        {
            Append(next);
            (_isText, _isEscaped) = _isEscaped ? (true, false) : (next != (byte)'"', next == (byte)'\\');
            return false;
        }

        if (next is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            return false;
        }

        if (_object.WrittenCount >= MaxObjectBytes)
        {
            throw new InvalidDataException($"an object that ends beyond byte {position} is longer than {MaxObjectBytes} bytes");
        }

        Append(next);
        _isText = next == (byte)'"';
        _depth += next is (byte)'{' or (byte)'[' ? 1 : next is (byte)'}' or (byte)']' ? -1 : 0;
        _place = _depth > 0 ? Place.InObject : Place.AfterObject;
        return _depth == 0;
    }

    private void Append(byte next)
    {
        _object.GetSpan(1)[0] = next;
        _object.Advance(1);
    }

    private void RequireEnd(long position)
    {
        if (_place != Place.AfterArray)
        {
            throw Unexpected("the end", position);
        }
    }

    private InvalidDataException Unexpected(string found, long position) => new($"at byte {position} found {found}, expected {Expected}");

    private string Expected => _place switch
    {
        Place.BeforeArray => "'[', the beginning of an array of jobs",
        Place.InNull => "null, or '[', the beginning of an array of jobs",
        Place.BeforeFirst => "a job or the array's end",
        Place.InObject => "the rest of a job",
        Place.AfterObject => "',' or the array's end",
        Place.BeforeObject => "'{', the beginning of a job",
        _ => "nothing more",
    };
}
