using System.Runtime.InteropServices;

namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>Statements that travel to the server together. Two of them take turns: one is written while the other is on its way.</summary>
internal sealed class StatementChunk
{
    private readonly SqlBuffer _sql = new();
    private readonly List<Entry> _entries = [];

    /// <summary>One statement: where it ends in the buffer, and what it must have done.</summary>
    /// <param name="End">Offset after its last byte.</param>
    /// <param name="Statement">What it is about; null for a statement that only sets the session up.</param>
    internal readonly record struct Entry(int End, RowStatement? Statement);

    /// <summary>The statements, in order.</summary>
    public ReadOnlySpan<Entry> Entries => CollectionsMarshal.AsSpan(_entries);

    /// <summary>Writes statements until there are none left or <paramref name="bytes"/> are reached.</summary>
    /// <param name="writer">Writes them.</param>
    /// <param name="bytes">Size from which on no further one is added.</param>
    /// <param name="maxStatementBytes">Largest statement that the server takes.</param>
    /// <exception cref="StatementTooLargeException">A statement is larger than <paramref name="maxStatementBytes"/>.</exception>
    public void Fill(RowStatementWriter writer, int bytes, long maxStatementBytes)
    {
        Clear();
        while (_sql.Length < bytes)
        {
            int start = _sql.Length;
            if (!writer.TryNext(_sql, maxStatementBytes, out RowStatement statement))
            {
                break;
            }

            if (_sql.Length - start > maxStatementBytes)
            {
                throw new StatementTooLargeException(statement, _sql.Length - start);
            }

            if (statement.LenientWarnings == 0)
            {
                _entries.Add(new Entry(_sql.Length, statement));
                continue;
            }

            AddLenient(start, statement);
        }
    }

    /// <summary>Appends a statement of the session itself.</summary>
    public void Add(string sql)
    {
        _sql.Write(sql);
        _entries.Add(new Entry(_sql.Length, null));
    }

    /// <summary>Empties the chunk.</summary>
    public void Clear()
    {
        _sql.Clear();
        _entries.Clear();
    }

    /// <summary>Bytes of a statement; they stay until the next <see cref="Fill"/> or <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Sql(int index) => _sql.WrittenMemory[(index == 0 ? 0 : _entries[index - 1].End).._entries[index].End];

    private void AddLenient(int start, in RowStatement statement)
    {
        byte[] sql = _sql.Written[start..].ToArray();
        _sql.Truncate(start);
        Add(SessionSettings.LenientMode);
        _sql.Write(sql);
        _entries.Add(new Entry(_sql.Length, statement));
        Add(SessionSettings.StrictMode);
    }
}
