using Binlog.RelayLog.Files;

namespace Binlog.RelayLog.Tests.Support;

/// <summary>
/// Files in memory that know what has been flushed: <see cref="LosePower"/> shows what a disk would hold after a power failure, where each
/// unflushed 512-byte sector and each unflushed directory change is kept or lost by chance. Faults and crashes can be put at any operation.
/// </summary>
internal sealed class MemoryFileSystem : ILogFileSystem
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MemoryFile> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _locks = [];
    private Dictionary<string, MemoryFile> _durableNames = new(StringComparer.Ordinal);
    private bool _crashed;

    /// <summary>Runs before each operation; may throw, or answer true to crash instead of it.</summary>
    public Func<FileOperation, string, bool>? Before { get; set; }

    /// <summary>Runs before each file flush, outside any lock; may block.</summary>
    public Action? BeforeFlush { get; set; }

    /// <summary>How many operations there have been.</summary>
    public int Operations { get; private set; }

    /// <summary>Bytes that all files may take together; beyond it, writes fail as on a full disk.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>True once a crash has been simulated: everything fails from then on.</summary>
    public bool Crashed => _crashed;

    public IReadOnlyCollection<string> Names => _names.Keys;

    public long UsedBytes => _names.Values.Sum(f => f.Content.LongLength);

    /// <summary>The same files as another process would find them after this one was killed: nothing written is lost.</summary>
    public MemoryFileSystem Restart()
    {
        var next = new MemoryFileSystem();
        var copies = _names.Values.Concat(_durableNames.Values).Distinct().ToDictionary(file => file, file => file.Copy(next));
        foreach ((string path, MemoryFile file) in _names)
        {
            next._names[path] = copies[file];
        }

        foreach ((string path, MemoryFile file) in _durableNames)
        {
            next._durableNames[path] = copies[file];
        }

        return next;
    }

    /// <summary>The files as they may be after a power failure.</summary>
    public MemoryFileSystem LosePower(Random random)
    {
        var next = new MemoryFileSystem();
        Dictionary<string, MemoryFile> names = random.Next(2) == 0 ? _durableNames : _names;
        foreach ((string path, MemoryFile file) in names)
        {
            next._names[path] = file.AfterPowerLoss(next, random);
        }

        next._durableNames = new Dictionary<string, MemoryFile>(next._names, StringComparer.Ordinal);
        return next;
    }

    public void CreateDirectory(string path) => Enter(FileOperation.CreateDirectory, path);

    public IReadOnlyList<string> ListFiles(string directory)
    {
        Enter(FileOperation.List, directory);
        lock (_gate)
        {
            return [.. _names.Keys.Where(p => Path.GetDirectoryName(p) == directory).Select(p => Path.GetFileName(p))];
        }
    }

    public ILogFile Create(string path)
    {
        Enter(FileOperation.Create, path);
        lock (_gate)
        {
            var file = new MemoryFile(this, path);
            _names[path] = file;
            return new MemoryFileHandle(file);
        }
    }

    public ILogFile OpenRead(string path) => Open(FileOperation.OpenRead, path);

    public ILogFile OpenWrite(string path) => Open(FileOperation.OpenWrite, path);

    public void Rename(string from, string to)
    {
        Enter(FileOperation.Rename, to);
        lock (_gate)
        {
            MemoryFile file = _names.GetValueOrDefault(from) ?? throw new FileNotFoundException("no such file", from);
            _names.Remove(from);
            _names[to] = file;
            file.Path = to;
        }
    }

    public void Delete(string path)
    {
        Enter(FileOperation.Delete, path);
        lock (_gate)
        {
            _names.Remove(path);
        }
    }

    public void FlushDirectory(string path)
    {
        Enter(FileOperation.FlushDirectory, path);
        lock (_gate)
        {
            _durableNames = new Dictionary<string, MemoryFile>(_names, StringComparer.Ordinal);
        }
    }

    public IDisposable Lock(string path)
    {
        Enter(FileOperation.Lock, path);
        lock (_gate)
        {
            return _locks.Add(path) ? new Held(this, path) : throw new IOException("locked");
        }
    }

    public string? DescribeLockOwner(string path) => null;

    /// <summary>Content of a file, for tests that look at it or change it.</summary>
    public MemoryFile File(string path) => _names[path];

    internal void Enter(FileOperation operation, string path)
    {
        lock (_gate)
        {
            Operations++;
            if (!_crashed && Before?.Invoke(operation, path) == true)
            {
                _crashed = true;
            }

            if (_crashed)
            {
                throw new IOException("the process has crashed");
            }
        }
    }

    private MemoryFileHandle Open(FileOperation operation, string path)
    {
        Enter(operation, path);
        lock (_gate)
        {
            return new MemoryFileHandle(_names.GetValueOrDefault(path) ?? throw new FileNotFoundException("no such file", path));
        }
    }

    private sealed class Held(MemoryFileSystem owner, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._locks.Remove(path);
            }
        }
    }
}
