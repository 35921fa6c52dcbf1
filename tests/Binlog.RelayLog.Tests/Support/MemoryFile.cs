namespace Binlog.RelayLog.Tests.Support;

/// <summary>One file of a <see cref="MemoryFileSystem"/>: its content as readers see it, and as the disk holds it.</summary>
internal sealed class MemoryFile(MemoryFileSystem owner, string path)
{
    private const int SectorSize = 512;
    private readonly Lock _gate = new();
    private byte[] _durable = [];
    private bool[] _abandoned = [];

    public MemoryFileSystem Owner { get; } = owner;

    public string Path { get; set; } = path;

    public byte[] Content { get; set; } = [];

    public int Read(Span<byte> buffer, long offset)
    {
        lock (_gate)
        {
            int count = (int)Math.Clamp(Content.Length - offset, 0, buffer.Length);
            Content.AsSpan((int)Math.Min(offset, Content.Length), count).CopyTo(buffer);
            return count;
        }
    }

    public void Write(ReadOnlySpan<byte> buffer, long offset)
    {
        lock (_gate)
        {
            long growth = Math.Max(0, offset + buffer.Length - Content.Length);
            int fitting = (int)Math.Clamp(Owner.Capacity - Owner.UsedBytes, 0, growth);
            Store(buffer[..(buffer.Length - (int)(growth - fitting))], offset);
            if (fitting < growth)
            {
                throw MemoryFileHandle.NoSpace(Path);
            }
        }
    }

    public void SetLength(long length)
    {
        lock (_gate)
        {
            byte[] content = Content;
            Array.Resize(ref content, (int)length);
            Content = content;
            Array.Resize(ref _abandoned, (int)length);
        }
    }

    public void Flush()
    {
        lock (_gate)
        {
            var durable = (byte[])Content.Clone();
            for (int i = 0; i < durable.Length; i++)
            {
                if (i < _abandoned.Length && _abandoned[i])
                {
                    durable[i] = i < _durable.Length ? _durable[i] : (byte)0;
                }
            }

            _durable = durable;
        }
    }

    /// <summary>A flush failed: the kernel forgets that what wasn't on disk yet has still to be written, and later flushes don't write it.</summary>
    public void AbandonUnflushed()
    {
        lock (_gate)
        {
            Array.Resize(ref _abandoned, Content.Length);
            for (int i = 0; i < Content.Length; i++)
            {
                _abandoned[i] |= i >= _durable.Length || _durable[i] != Content[i];
            }
        }
    }

    public MemoryFile Copy(MemoryFileSystem owner)
    {
        lock (_gate)
        {
            return new MemoryFile(owner, Path) { Content = (byte[])Content.Clone(), _durable = _durable, _abandoned = (bool[])_abandoned.Clone() };
        }
    }

    public MemoryFile AfterPowerLoss(MemoryFileSystem owner, Random random)
    {
        lock (_gate)
        {
            byte[] content = Content;
            int length = random.Next(3) switch { 0 => _durable.Length, 1 => content.Length, _ => random.Next(Math.Min(_durable.Length, content.Length), Math.Max(_durable.Length, content.Length) + 1) };
            var survived = new byte[length];
            for (int sector = 0; sector < length; sector += SectorSize)
            {
                byte[] source = random.Next(2) == 0 ? _durable : content;
                int end = Math.Min(Math.Min(sector + SectorSize, length), source.Length);
                if (end > sector)
                {
                    source.AsSpan(sector, end - sector).CopyTo(survived.AsSpan(sector));
                }

                int known = Math.Min(Math.Min(sector + SectorSize, length), _durable.Length);
                if (known > sector)
                {
                    KeepEqualPrefix(survived, content, sector, known);
                }
            }

            return new MemoryFile(owner, Path) { Content = survived, _durable = (byte[])survived.Clone() };
        }
    }

    /// <summary>Bytes that the unflushed content didn't change can't be lost.</summary>
    private void KeepEqualPrefix(byte[] survived, byte[] content, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (i < content.Length && content[i] == _durable[i])
            {
                survived[i] = content[i];
            }
        }
    }

    private void Store(ReadOnlySpan<byte> buffer, long offset)
    {
        if (buffer.IsEmpty)
        {
            return;
        }

        byte[] content = Content;
        if (offset + buffer.Length > content.Length)
        {
            Array.Resize(ref content, (int)(offset + buffer.Length));
        }

        buffer.CopyTo(content.AsSpan((int)offset));
        Content = content;
        if (offset < _abandoned.Length)
        {
            Array.Clear(_abandoned, (int)offset, (int)Math.Min(buffer.Length, _abandoned.Length - offset));
        }
    }
}
