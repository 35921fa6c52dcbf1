using System.Globalization;
using System.Text;
using Binlog.MySql.Errors;

namespace Binlog.MySql;

public sealed partial class MySqlConnection
{
    /// <summary>Runs a statement and returns its rows as a stream. The connection is busy until the reader has been read to its
    /// end or disposed.</summary>
    /// <remarks>A statement without rows gives a reader without columns. A cancelled <paramref name="cancellationToken"/> has an effect until the
    /// first result begins; after that, <see cref="MySqlRowReader.ReadAsync"/> takes its own.</remarks>
    /// <exception cref="MySqlException">The server reports an error, or the connection is lost.</exception>
    public async Task<MySqlRowReader> QueryAsync(string sql, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sql);
        cancellationToken.ThrowIfCancellationRequested();
        _session.Enter();
        var reader = new MySqlRowReader(this, _session, StatementExcerpt.Create(Encoding.UTF8.GetBytes(sql), false));
        try
        {
            WriteStatement(sql, default);
            _session.Packets.ExpectAnswer(_statement.PacketsOf(0));
            await reader.OpenAsync(_statement, cancellationToken).ConfigureAwait(false);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _statement.Clear();
        }
    }

    /// <summary>First value of the first row as text; null when there is no row or the value is NULL.</summary>
    public async Task<string?> QueryScalarAsync(string sql, CancellationToken cancellationToken)
    {
        var reader = await QueryAsync(sql, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && reader.Columns.Count > 0 ? reader.GetString(0) : null;
        }
    }

    /// <summary>First value of the first row, parsed with the invariant culture; default when there is no row or the value is NULL.</summary>
    /// <exception cref="FormatException">The value isn't a <typeparamref name="T"/>.</exception>
    public async Task<T?> QueryScalarAsync<T>(string sql, CancellationToken cancellationToken)
        where T : IParsable<T> =>
        await QueryScalarAsync(sql, cancellationToken).ConfigureAwait(false) is { } text
            ? T.Parse(text, CultureInfo.InvariantCulture)
            : default;
}
