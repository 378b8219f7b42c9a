package io.holdfast.engine;

import io.holdfast.linux.Iommufd;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.VfioCdev;
import io.holdfast.model.DeviceState;
import io.holdfast.model.SessionState;
import io.holdfast.session.VfTokens;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.OptionalLong;

/**
 * Where a session's kernel objects come from when it is brought back: made anew around what the
 * kernel preserved, or inherited as another process left them.
 *
 * <p>What a method returns belongs to the caller; what is left belongs to the source until it is
 * closed. Used once, by one thread.
 */
interface SessionSource extends AutoCloseable {
  /**
   * Looks at what there is before anything is used.
   *
   * @throws io.holdfast.session.SessionException if it cannot be what the session needs
   */
  void check(SessionState state);

  /** The iommufd to restore into. */
  Iommufd iommufd();

  /** The descriptor of the memfd preserved under a token. */
  int file(long token);

  /** The id of an IOAS, by its place in the manifest. */
  int ioas(Iommufd iommufd, int index);

  /** A device bound to the iommufd and attached to an IOAS, bus mastering off. */
  LiveDevice device(Iommufd iommufd, int index, DeviceState state, LiveIoas ioas);

  /** Whether the mappings are there already, and have to be proved. */
  boolean isMapped();

  /** Closes what nobody has taken; a second time does nothing. */
  @Override
  void close();

  /** The live update session of the previous kernel, and devices opened anew. */
  record FromKernel(
      Syscalls syscalls, LuoSession session, OptionalLong iommufdToken, VfTokens vfTokens)
      implements SessionSource {
    @Override
    public void check(SessionState state) {
      // What the kernel holds is what was sealed.
    }

    @Override
    public Iommufd iommufd() {
      return iommufdToken.isPresent()
          ? new Iommufd(syscalls, session.retrieve(iommufdToken.getAsLong()))
          : Iommufd.open(syscalls);
    }

    @Override
    public int file(long token) {
      return session.retrieve(token);
    }

    @Override
    public int ioas(Iommufd iommufd, int index) {
      return iommufd.allocateIoas();
    }

    @Override
    public LiveDevice device(Iommufd iommufd, int index, DeviceState state, LiveIoas ioas) {
      try (Undo undo = new Undo()) {
        LiveDevice device =
            undo.closes(
                state.token().isPresent()
                    ? kept(iommufd, state)
                    : LiveDevice.bind(syscalls, iommufd, state, vfTokens.of(state.address())));
        device.attach(ioas);
        undo.forget();
        return device;
      }
    }

    /**
     * A device whose descriptor the kernel preserved is taken as it comes: binding it again would
     * reset it.
     */
    private LiveDevice kept(Iommufd iommufd, DeviceState state) {
      int fd = session.retrieve(state.token().getAsLong());
      try (Undo undo = new Undo()) {
        VfioCdev cdev =
            undo.closes(new VfioCdev(syscalls, fd, "preserved device " + state.address()));
        LiveDevice device =
            new LiveDevice(
                state,
                cdev,
                iommufd,
                new KernelIds.DeviceIds(
                    cdev.isBound() ? 0 : cdev.bind(iommufd, vfTokens.of(state.address())), 0));
        undo.forget();
        return device;
      }
    }

    @Override
    public boolean isMapped() {
      return false;
    }

    @Override
    public void close() {
      // The session is its owner's.
    }
  }
}
