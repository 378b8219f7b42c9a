package io.holdfast.engine;

import io.holdfast.linux.Iommufd;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.VfioCdev;
import io.holdfast.model.DeviceState;
import io.holdfast.sys.Syscalls;
import java.util.OptionalLong;

/** Where a restore takes its kernel objects from. */
interface RestoreSource {
  /** The iommufd to restore into. */
  Iommufd iommufd();

  /** The descriptor of the memfd preserved under a token; the caller owns it. */
  int file(long token);

  /** The id of an IOAS, by its place in the manifest. */
  int ioas(Iommufd iommufd, int index);

  /** A device bound to the iommufd and attached to an IOAS, bus mastering off. */
  LiveDevice device(Iommufd iommufd, int index, DeviceState state, LiveIoas ioas);

  /** Whether the mappings are there already and need only be verified. */
  boolean isMapped();

  /** The usual source: the live update session of the previous kernel, and devices opened anew. */
  record FromKernel(Syscalls syscalls, LuoSession session, OptionalLong iommufdToken)
      implements RestoreSource {
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
      LiveDevice device =
          state.token().isPresent()
              ? kept(iommufd, state)
              : LiveDevice.bind(syscalls, iommufd, state);
      try {
        device.attach(ioas);
        return device;
      } catch (RuntimeException e) {
        device.close();
        throw e;
      }
    }

    /**
     * A device whose descriptor the kernel preserved is taken as it comes: binding it again would
     * reset it.
     */
    private LiveDevice kept(Iommufd iommufd, DeviceState state) {
      int fd = session.retrieve(state.token().getAsLong());
      VfioCdev cdev = new VfioCdev(syscalls, fd, "preserved device " + state.address());
      try {
        return new LiveDevice(state, cdev, cdev.isBound() ? 0 : cdev.bind(iommufd));
      } catch (RuntimeException e) {
        cdev.close();
        throw e;
      }
    }

    @Override
    public boolean isMapped() {
      return false;
    }
  }
}
