using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Binlog.Service.Drainer.Schema;

/// <summary>
/// A file that holds jobs' JSON instead of memory. It is a cache for one run: never flushed, gone when closed, and what a killed process left is removed
/// by the next. One writer at a time; reading is thread-safe.
/// </summary>
internal sealed class JobSpill : IDisposable
{
    private const string Prefix = "ddl-history-";
    private const string Suffix = ".spill";

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private long _length;

    private JobSpill(SafeFileHandle file, string path) => (_file, _path) = (file, path);

    /// <summary>Creates the file, and the directory if there is none.</summary>
    /// <exception cref="SchemaHistoryException">It can't be created.</exception>
    public static JobSpill Create(string directory)
    {
        string path = Path.Combine(directory, $"{Prefix}{Guid.NewGuid():n}{Suffix}");
        try
        {
            Directory.CreateDirectory(directory);
            foreach (string old in Directory.EnumerateFiles(directory, Prefix + "*" + Suffix))
            {
                TryDelete(old);
            }

            return new JobSpill(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.DeleteOnClose), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, "be created", exception);
        }
    }

    /// <summary>Appends a job's JSON.</summary>
    /// <returns>Where it is.</returns>
    /// <exception cref="SchemaHistoryException">It can't be written.</exception>
    public SpilledJob Append(ReadOnlySpan<byte> json)
    {
        try
        {
            RandomAccess.Write(_file, json, _length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(_path, "be written", exception);
        }

        var place = new SpilledJob(_length, json.Length);
        _length += json.Length;
        return place;
    }

    /// <summary>Reads a job's JSON.</summary>
    /// <exception cref="SchemaHistoryException">It can't be read.</exception>
    public byte[] Read(SpilledJob place)
    {
        byte[] json = GC.AllocateUninitializedArray<byte>(place.Length);
        Fill(place, json);
        return json;
    }

    /// <summary>Reads a job's JSON into memory that lasts as long as the call, and makes something of it.</summary>
    /// <exception cref="SchemaHistoryException">It can't be read.</exception>
    public T Read<T>(SpilledJob place, Func<ReadOnlyMemory<byte>, T> use)
    {
        byte[] json = ArrayPool<byte>.Shared.Rent(place.Length);
        try
        {
            Fill(place, json.AsSpan(0, place.Length));
            return use(json.AsMemory(0, place.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(json);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Fill(SpilledJob place, Span<byte> json)
    {
        try
        {
            for (int done = 0; done < json.Length;)
            {
                int read = RandomAccess.Read(_file, json[done..], place.Offset + done);
                done += read > 0 ? read : throw new EndOfStreamException($"it ends at {place.Offset + done}, and a job's end is at {place.Offset + place.Length}.");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(_path, "be read", exception);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // In use: another history of this process has it still.
        }
    }

    private static SchemaHistoryException Failed(string path, string what, Exception exception) => new(
        $"The copy of the DDL history in {path} can't {what}: {exception.Message} It needs about as much space as the history has in TiKV.", innerException: exception);
}
